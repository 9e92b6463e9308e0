"""The providers as all workers see them together: slots of their rate, and whether they are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaskad.storage.database import Connection
from kaskad.storage.queries import query

BURST = timedelta(seconds=0.1)  # of unused slots that may still be used
AHEAD = timedelta(seconds=2)  # slots further away than that are given to nobody yet
PROBE = timedelta(seconds=30)  # a probe that says nothing for so long leaves the next to another worker
MOST_OUTAGES = 5  # in a row, until a provider is passed over
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Slots:
    """Slots of one provider's rate, the first of them after `wait`.

    A `troubled` one has failed since its last message went; what `probing` sends shows whether it is back.
    """

    provider: str
    wait: timedelta
    probing: bool
    troubled: bool


@dataclass(frozen=True, slots=True)
class Health:
    """A provider's health. Passed over until `open_until`; then one worker tries it, which may take `probe_until`."""

    name: str
    failures: int
    open_until: datetime | None
    probe_until: datetime | None
    failed_at: datetime | None
    failure: str | None
    now: datetime

    @property
    def down(self) -> bool:
        """Whether it is passed over now."""
        tried = max(self.open_until, self.probe_until or self.open_until) if self.open_until else None
        return tried is not None and tried > self.now


async def reserve(connection: Connection, names: Sequence[str], length: timedelta) -> Slots | None:
    """Slots worth `length` of the first of these that may be used; None where none may, or none soon."""
    params = {"names": list(names), "length": length, "burst": BURST, "ahead": AHEAD, "probe": PROBE}
    cursor = await connection.execute(query("reserve_slots"), params)
    row = await cursor.fetchone()
    return Slots(row["name"], row["wait"], row["probing"], row["troubled"]) if row else None


async def too_soon(connection: Connection, names: Sequence[str]) -> timedelta | None:
    """How long until slots of the first that may be used are given out again; None where none may."""
    cursor = await connection.execute(query("free_slot"), {"names": list(names)})
    row = await cursor.fetchone()
    return max((row["ahead"] or timedelta()) - AHEAD, timedelta()) if row else None


async def count_outages(connection: Connection, name: str, outages: int, failure: str) -> None:
    """Notes so many calls that failed because of the provider; from some number on it is passed over for a while."""
    params = {"name": name, "outages": outages, "failure": failure, "most": MOST_OUTAGES}
    pauses = {"first": FIRST_PAUSE, "longest": LONGEST_PAUSE}
    cursor = await connection.execute(query("count_outages"), {**params, **pauses})
    if row := await cursor.fetchone():
        await connection.execute(
            """UPDATE carrier SET opened = opened + 1, probe_until = NULL, open_until = clock_timestamp() + %(pause)s
                WHERE name = %(name)s""",
            row,
        )


async def is_well(connection: Connection, name: str) -> None:
    """A message went: what was counted before does not count any more."""
    await connection.execute(
        """UPDATE carrier SET failures = 0, opened = 0, open_until = NULL, probe_until = NULL
            WHERE name = %(name)s AND failures > 0""",
        {"name": name},
    )


async def down(connection: Connection) -> frozenset[str]:
    """The providers that are passed over now."""
    return frozenset(name for name, one in (await health(connection)).items() if one.down)


async def health(connection: Connection) -> dict[str, Health]:
    """Every provider that was ever used, by name."""
    cursor = await connection.execute(
        """SELECT name, failures, open_until, probe_until, failed_at, failure, clock_timestamp() AS now
             FROM carrier ORDER BY name"""
    )
    return {row["name"]: Health(**row) for row in await cursor.fetchall()}
