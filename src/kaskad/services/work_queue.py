"""What work is due, and when: flows and the dispatcher ask. Nothing is decided here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.local_time import to_local_time
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, enrollments, entrance_scans, fanouts, feeds
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages, webhook_calls
from kaskad.storage.queries import query

POLL_SECONDS = 0.25  # how often a lingering run checks for new work


class WorkQueueDeps(HasDatabase, HasCatalogue, Protocol):
    """What these queries need."""


@dataclass(frozen=True, slots=True)
class PendingWork:
    """What is due `now` on the engine's clock, and when the next thing falls due; None if nothing waits.

    `looks`: entrances that are due for a scan. `unknowns`: unknown outcomes to resolve, or alerts to send to owners.
    `webhooks`: webhook calls to make. `feeds`: catalogue feeds to read, as far as this process knows the files.
    """

    now: datetime
    journeys: tuple[str, ...]
    fanout: bool
    looks: bool
    unknowns: bool
    webhooks: bool
    feeds: bool
    next_at: datetime | None


async def load_pending_work(deps: WorkQueueDeps) -> PendingWork:
    """Returns the journeys with due customers or queued messages, whether a fan-out is open, and the next due time."""
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
        cursor = await connection.execute(query("next_work_by_journey"), {"channels": list(Channel)})
        rows = await cursor.fetchall()
        others = {
            "fanout": await fanouts.get_next_due(connection),
            "looks": await entrance_scans.get_next_due(connection),
            "unknowns": await _get_next_unknown_or_alert(connection),
            "webhooks": await webhook_calls.get_next_due(connection, now),
            "feeds": await feeds.get_next_due(connection, list(deps.catalogue.project.feeds), now),
        }
    times = {row["name"]: [at for at in (row["due_at"], row["queued_at"]) if at is not None] for row in rows}
    due = tuple(name for name, ats in times.items() if any(at <= now for at in ats))
    open_now = {name: at is not None and at <= now for name, at in others.items()}
    later = [at for ats in [*times.values(), others.values()] for at in ats if at is not None and at > now]
    return PendingWork(now, due, **open_now, next_at=min(later, default=None))


async def _get_next_unknown_or_alert(connection: Connection) -> datetime | None:
    cursor = await connection.execute(query("next_unknown_or_alert"))
    row = await cursor.fetchone()
    return row["at"] if row else None


async def load_journey_work(deps: WorkQueueDeps, journey: str) -> tuple[bool, Mapping[Channel, int]]:
    """Returns whether a customer is due in the journey now, and what is queued by channel."""
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
        due = await enrollments.has_due_enrollments(connection, journey, now)
        return due, await messages.count_queued(connection, journey, now)


async def wait_for_work(deps: WorkQueueDeps, journey: str, seconds: float) -> None:
    """Returns when there is work in the journey, or after so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                due, queued = await load_journey_work(deps, journey)
                if due or queued:
                    return
                await asyncio.sleep(POLL_SECONDS)


async def local_now(deps: WorkQueueDeps) -> datetime:
    """Returns the engine's time on the shop's wall clock."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now = await clock.read_now(connection)
    return to_local_time(now, ZoneInfo(deps.catalogue.project.shop.time_zone))
