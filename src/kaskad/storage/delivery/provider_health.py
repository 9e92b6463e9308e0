"""The providers as all workers see them together: slots of their rate, and whether they are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaskad.storage.database import Connection
from kaskad.storage.queries import query

MAX_BURST = timedelta(seconds=0.1)  # of unused slots that may still be used
RESERVATION_HORIZON = timedelta(seconds=2)  # slots further away than that are given to nobody yet
PROBE_TIMEOUT = timedelta(seconds=30)  # a probe that says nothing for so long leaves the next to another worker
FAILURE_THRESHOLD = 5  # in a row, until a provider is passed over
FIRST_OPEN_PERIOD, LONGEST_OPEN_PERIOD = timedelta(seconds=5), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Reservation:
    """So many messages may go now, by that provider; None: every one is passed over. `count` 0: not in time."""

    provider: str | None
    count: int


@dataclass(frozen=True, slots=True)
class ReservedSlots:
    """Slots of one provider's rate, the first of them after `wait`.

    A `troubled` one has failed since its last message went; what `probing` sends shows whether it is back.
    """

    provider: str
    wait: timedelta
    half_open: bool
    recently_failed: bool


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """A provider's health. Passed over until `open_until`; then one worker tries it, which may take `probe_until`."""

    name: str
    failures: int
    open_until: datetime | None
    probe_until: datetime | None
    failed_at: datetime | None
    failure: str | None
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether it is passed over now."""
        tried = max(self.open_until, self.probe_until or self.open_until) if self.open_until else None
        return tried is not None and tried > self.now


async def reserve_slots(connection: Connection, names: Sequence[str], length: timedelta) -> ReservedSlots | None:
    """Slots worth `length` of the first of these that may be used; None where none may, or none soon."""
    params = {
        "names": list(names),
        "length": length,
        "burst": MAX_BURST,
        "ahead": RESERVATION_HORIZON,
        "probe": PROBE_TIMEOUT,
    }
    cursor = await connection.execute(query("reserve_slots"), params)
    row = await cursor.fetchone()
    return ReservedSlots(row["name"], row["wait"], row["probing"], row["troubled"]) if row else None


async def get_slot_delay(connection: Connection, names: Sequence[str]) -> timedelta | None:
    """How long until slots of the first that may be used are given out again; None where none may."""
    cursor = await connection.execute(query("next_free_slot"), {"names": list(names)})
    row = await cursor.fetchone()
    return max((row["ahead"] or timedelta()) - RESERVATION_HORIZON, timedelta()) if row else None


async def record_failures(connection: Connection, name: str, outages: int, failure: str) -> None:
    """Notes so many calls that failed because of the provider; from some number on it is passed over for a while."""
    params = {"name": name, "outages": outages, "failure": failure, "most": FAILURE_THRESHOLD}
    pauses = {"first": FIRST_OPEN_PERIOD, "longest": LONGEST_OPEN_PERIOD}
    cursor = await connection.execute(query("record_provider_failures"), {**params, **pauses})
    if row := await cursor.fetchone():
        await connection.execute(
            """UPDATE carrier SET opened = opened + 1, probe_until = NULL, open_until = clock_timestamp() + %(pause)s
                WHERE name = %(name)s""",
            row,
        )


async def record_success(connection: Connection, name: str) -> None:
    """A message went: what was counted before does not count any more."""
    await connection.execute(
        """UPDATE carrier SET failures = 0, opened = 0, open_until = NULL, probe_until = NULL
            WHERE name = %(name)s AND failures > 0""",
        {"name": name},
    )


async def list_open_providers(connection: Connection) -> frozenset[str]:
    """The providers that are passed over now."""
    return frozenset(name for name, one in (await load_provider_health(connection)).items() if one.is_open)


async def load_provider_health(connection: Connection) -> dict[str, ProviderHealth]:
    """Every provider that was ever used, by name."""
    cursor = await connection.execute(
        """SELECT name, failures, open_until, probe_until, failed_at, failure, clock_timestamp() AS now
             FROM carrier ORDER BY name"""
    )
    return {row["name"]: ProviderHealth(**row) for row in await cursor.fetchall()}
