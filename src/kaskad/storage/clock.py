"""The engine's clock, read from the database: one clock for API, worker and sandbox.

Unless it is stepped, it is the clock of the database server. An instant read after a lock is later than everything
that was committed before, on whichever machine. Only in a simulation do customers have different times.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from kaskad.storage.database import Connection

NOW_SQL = "SELECT coalesce(at, clock_timestamp()) AS now FROM clock"


@dataclass(frozen=True, slots=True)
class Instants:
    """The time `now`; in a simulation each customer's `own` time, and when each source sent its events, in order."""

    now: datetime
    own: Mapping[int, datetime] = field(default_factory=dict)
    heard: Mapping[str, Sequence[datetime]] | None = None

    def of(self, customer: int) -> datetime:
        """The time of this customer, aware, in UTC."""
        return self.own.get(customer, self.now)

    def last_heard(self, customer: int, noted: Mapping[str, datetime]) -> Mapping[str, datetime]:
        """When each source last sent an event, as of the customer's instant; `noted` is the database's value."""
        if self.heard is None:
            return noted
        places = {source: bisect_right(heard, self.of(customer)) for source, heard in self.heard.items()}
        return {source: self.heard[source][place - 1] for source, place in places.items() if place}


_simulated: ContextVar[Instants | None] = ContextVar("kaskad_rehearsed", default=None)


async def read_now(connection: Connection) -> datetime:
    """The engine's time now, aware, in UTC."""
    if (rehearsed := _simulated.get()) is not None:
        return rehearsed.now
    cursor = await connection.execute(NOW_SQL)
    row = await cursor.fetchone()
    assert row is not None
    now: datetime = row["now"]
    return now


async def read_instants(connection: Connection) -> Instants:
    """The engine's time for each customer: the same for all, except in a simulation."""
    return _simulated.get() or Instants(await read_now(connection))


def is_simulation() -> bool:
    """Whether this is a simulation: nothing in it is real, so it uses up nothing that is scarce."""
    return _simulated.get() is not None


@contextmanager
def simulate_clock(instants: Instants) -> Iterator[None]:
    """Inside the `with`, this task and the tasks that it starts use these instants, whatever the clock says."""
    token = _simulated.set(instants)
    try:
        yield
    finally:
        _simulated.reset(token)


async def set_clock(connection: Connection, at: datetime | None) -> None:
    """Sets the engine's clock, for demos and tests; None resets it to the server's clock."""
    await connection.execute("UPDATE clock SET at = %(at)s", {"at": at})
