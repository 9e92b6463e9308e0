"""What is published and what stands: the journeys with who is in them now, and the emergency stops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kaskad.storage.database import Database
from kaskad.storage.queries import query


class OverviewDeps(Protocol):
    """What looking around needs."""

    @property
    def database(self) -> Database: ...


@dataclass(frozen=True, slots=True)
class JourneyState:
    """One published journey. `next_due_at` is when somebody of it is looked at again; None where nobody is inside."""

    name: str
    title: str
    number: int
    paused: bool
    published_at: datetime
    candidates: int
    inside: int
    next_due_at: datetime | None
    queued: int
    unknown: int


@dataclass(frozen=True, slots=True)
class StandingStop:
    """An emergency stop; `name` is empty for everything."""

    scope: str
    name: str
    by: str
    at: datetime


async def journeys(deps: OverviewDeps) -> list[JourneyState]:
    """Every published journey, by name."""
    async with deps.database.transaction() as connection:
        cursor = await connection.execute(query("journeys_overview"))
        return [JourneyState(**row) for row in await cursor.fetchall()]


async def stops(deps: OverviewDeps) -> list[StandingStop]:
    """The emergency stops that stand, oldest first."""
    async with deps.database.transaction() as connection:
        cursor = await connection.execute('SELECT scope, name, "by", at FROM stop ORDER BY at, scope, name')
        return [StandingStop(**row) for row in await cursor.fetchall()]
