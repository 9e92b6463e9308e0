"""What is to be done, and when: asked by flows and by dispatch. Nothing is decided here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.schedule import local
from kaskad.services.catalogue import Catalogue
from kaskad.storage import clock, enrollments, messages
from kaskad.storage.database import Database

LOOK_SECONDS = 0.25  # how often a lingering run looks whether something has come

DUE = """
SELECT j.name,
       (SELECT n.due_at FROM enrollment n WHERE n.journey = j.name AND n.status IN ('candidate', 'active')
         ORDER BY n.due_at LIMIT 1) AS due_at,
       (SELECT min(m.not_before) FROM message m WHERE m.journey = j.name AND m.status = 'queued') AS queued_at
  FROM journey j WHERE NOT j.paused ORDER BY j.name"""


class QueueDeps(Protocol):
    """What asking needs."""

    @property
    def database(self) -> Database: ...
    @property
    def catalogue(self) -> Catalogue: ...


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is due `now` on the engine's clock, and when something falls due next; None where nothing waits."""

    now: datetime
    journeys: tuple[str, ...]
    fanout: bool
    next_at: datetime | None


async def outlook(deps: QueueDeps) -> Outlook:
    """The journeys with due people or queued messages, whether a fan-out is open, and the next due instant."""
    async with deps.database.transaction() as connection:
        now = await clock.read(connection)
        cursor = await connection.execute(DUE)
        rows = await cursor.fetchall()
        cursor = await connection.execute(
            "SELECT min(f.due_at) AS at FROM fanout f JOIN journey j ON j.name = f.journey AND NOT j.paused "
            "WHERE f.done_at IS NULL"
        )
        fanout = await cursor.fetchone()
    fanout_at = fanout["at"] if fanout else None
    times = {row["name"]: [at for at in (row["due_at"], row["queued_at"]) if at is not None] for row in rows}
    due = tuple(name for name, ats in times.items() if any(at <= now for at in ats))
    later = [at for ats in [*times.values(), [fanout_at] if fanout_at else []] for at in ats if at > now]
    return Outlook(now, due, fanout_at is not None and fanout_at <= now, min(later, default=None))


async def work(deps: QueueDeps, journey: str) -> tuple[bool, Mapping[Channel, int]]:
    """Whether anybody is due in the journey now, and what is queued."""
    async with deps.database.transaction() as connection:
        now = await clock.read(connection)
        due = await enrollments.anybody_due(connection, journey, now)
        return due, await messages.queued_channels(connection, journey, now)


async def wait_for_work(deps: QueueDeps, journey: str, seconds: float) -> None:
    """Returns when there is something to do in the journey, or after so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                due, queued = await work(deps, journey)
                if due or queued:
                    return
                await asyncio.sleep(LOOK_SECONDS)


async def local_now(deps: QueueDeps) -> datetime:
    """The engine's time on the shop's wall clock."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now = await clock.read(connection)
    return local(now, ZoneInfo(deps.catalogue.project.shop.time_zone))
