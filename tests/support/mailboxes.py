"""Customers who share a mailbox, and workers who meet at it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.services.delivery.deliver import DeliveryBatchResult
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from tests.support.delivering import Worker, soon
from tests.support.stack import Stack
from tests.support.stopping_by import TRIGGERS

SHARED = "shared@example.com"
SPELLINGS = (SHARED, "Shared@Example.COM", " shared@example.com ", "mailto:shared@example.com.", "SHARED@example.com")


async def sharing(stack: Stack, *users: str, email: str = SHARED, **traits: Any) -> None:
    """These customers have this mailbox, and consent to everything."""
    for user in users:
        await stack.person(user, email=email, **traits)
    await stack.at(timedelta(minutes=1))


async def queue_for(stack: Stack, journey: str, *users: str) -> None:
    """A message for each of them, decided and queued at the same instant."""
    for user in users:
        await stack.track(user, TRIGGERS[journey])
    await stack.decide(journey)


async def outcomes(stack: Stack, journey: str) -> list[tuple[str, str | None]]:
    """(status, reason) of every message of the journey, sorted."""
    rows = await stack.rows("SELECT status, reason FROM message WHERE journey = %(journey)s", journey=journey)
    return sorted(((row["status"], row["reason"]) for row in rows), key=str)


async def deadlocks(stack: Stack) -> int:
    """How many deadlocks this database has had."""
    (row,) = await stack.rows(
        "SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    found: int = row["deadlocks"]
    return found


class Stop:
    """A worker that stands at a failpoint until it may go on."""

    def __init__(self, worker: Worker, at: Failpoint, channel: Channel, journey: str, **more: Any) -> None:
        self._at, self.reached, self.may_go = at, asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._deliver(worker, channel, journey, more))

    async def _deliver(
        self, worker: Worker, channel: Channel, journey: str, more: dict[str, Any]
    ) -> DeliveryBatchResult:
        with failpoint_hook(self._stand):
            return await worker.deliver(channel, journey, **more)

    async def _stand(self, point: Failpoint) -> None:
        if point is self._at:
            self.reached.set()
            await soon(self.may_go.wait())

    async def go_on(self) -> DeliveryBatchResult:
        """What the worker has done, once it went on."""
        self.may_go.set()
        done: DeliveryBatchResult = await soon(self.task)
        return done
