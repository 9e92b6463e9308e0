"""The engine's clock, read from the database: one authority for API, worker and sandbox.

Where it is not stepped it is the database server's own. An instant read after a lock is later than everything
that was committed before it, whichever machine wrote that. Only a rehearsal has customers who live at different times.
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
    """What time it is: `now`; in a rehearsal each customer's `own`, and when each source was `heard`, in order."""

    now: datetime
    own: Mapping[int, datetime] = field(default_factory=dict)
    heard: Mapping[str, Sequence[datetime]] | None = None

    def of(self, customer: int) -> datetime:
        """What time it is for this customer, aware, in UTC."""
        return self.own.get(customer, self.now)

    def last_heard(self, customer: int, noted: Mapping[str, datetime]) -> Mapping[str, datetime]:
        """When each source was heard last, as of the customer's instant; `noted` is what the database says of now."""
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
    """The engine's time for each customer: the same for all of them, but in a rehearsal."""
    return _simulated.get() or Instants(await read_now(connection))


def is_simulation() -> bool:
    """Whether this is a rehearsal: nothing of it is real, so nothing that is scarce is used up."""
    return _simulated.get() is not None


@contextmanager
def simulate_clock(instants: Instants) -> Iterator[None]:
    """While inside, this task and those that it starts live at these instants, whatever the clock says."""
    token = _simulated.set(instants)
    try:
        yield
    finally:
        _simulated.reset(token)


async def set_clock(connection: Connection, at: datetime | None) -> None:
    """Sets the engine's clock, for demos and tests; None gives it back to the machine."""
    await connection.execute("UPDATE clock SET at = %(at)s", {"at": at})
