"""The rate slots and the circuit breakers of providers, shared by all workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaskad.storage.database import Connection
from kaskad.storage.queries import query

MAX_BURST = timedelta(seconds=0.1)  # of unused slots that can still be used
RESERVATION_HORIZON = timedelta(seconds=2)  # slots further in the future are not given out yet
PROBE_TIMEOUT = timedelta(seconds=30)  # if a probe has no result for so long, another worker probes
FAILURE_THRESHOLD = 5  # in a row, until the circuit breaker opens
FIRST_OPEN_PERIOD, LONGEST_OPEN_PERIOD = timedelta(seconds=5), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Reservation:
    """How many messages the provider may send now; None: every breaker is open. `count` 0: no slot in time."""

    provider: str | None
    count: int


@dataclass(frozen=True, slots=True)
class ReservedSlots:
    """Slots of one provider's rate, the first of them after `wait`.

    `recently_failed`: the provider has failed since its last sent message; `half_open`: these test if it works again.
    """

    provider: str
    wait: timedelta
    half_open: bool
    recently_failed: bool


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """A provider's health. Open until `open_until`; then one worker probes it, until `probe_until`."""

    name: str
    failures: int
    open_until: datetime | None
    probe_until: datetime | None
    failed_at: datetime | None
    failure: str | None
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether its circuit breaker is open now."""
        tried = max(self.open_until, self.probe_until or self.open_until) if self.open_until else None
        return tried is not None and tried > self.now


async def reserve_slots(connection: Connection, names: Sequence[str], length: timedelta) -> ReservedSlots | None:
    """Slots for `length` of the first provider in use; None if none is, or none has slots soon."""
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
    """How long until the first provider in use has slots again; None if none is in use."""
    cursor = await connection.execute(query("next_free_slot"), {"names": list(names)})
    row = await cursor.fetchone()
    return max((row["ahead"] or timedelta()) - RESERVATION_HORIZON, timedelta()) if row else None


async def record_failures(connection: Connection, name: str, outages: int, *, failure: str) -> None:
    """Counts calls that failed because of the provider; from a threshold on its circuit breaker opens for a while."""
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
    """A message was sent: resets the failure count."""
    await connection.execute(
        """UPDATE carrier SET failures = 0, opened = 0, open_until = NULL, probe_until = NULL
            WHERE name = %(name)s AND failures > 0""",
        {"name": name},
    )


async def list_open_providers(connection: Connection) -> frozenset[str]:
    """The providers whose circuit breaker is open now."""
    return frozenset(name for name, health in (await load_provider_health(connection)).items() if health.is_open)


async def load_provider_health(connection: Connection) -> dict[str, ProviderHealth]:
    """Every provider that was ever used, by name."""
    cursor = await connection.execute(
        """SELECT name, failures, open_until, probe_until, failed_at, failure, clock_timestamp() AS now
             FROM carrier ORDER BY name"""
    )
    return {row["name"]: ProviderHealth(**row) for row in await cursor.fetchall()}
