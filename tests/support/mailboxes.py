"""Customers who share a mailbox, and workers who meet at it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.services.delivery.deliver import DeliveryBatchResult
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from tests.support.delivering import Worker, soon, worker
from tests.support.stack import Stack
from tests.support.stopping_by import TRIGGERS

HELD = 0.3  # the chance that a worker is held once it has locked
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


async def meet(stack: Stack, mailboxes: Sequence[str], *, seed: int, workers: int = 8) -> None:
    """Two customers of each mailbox get a message in the same instant, by so many workers at once.

    Some of the workers are held for a moment once they have locked: there the others come to the same mailboxes.
    """
    calls = [
        stack.call(call, f"{side} {mailbox}", f"{side} {mailbox} {call.get('event')}", None)
        for side in "ab"
        for mailbox in mailboxes
        for call in (
            {"type": "identify", "traits": {"email": mailbox, "firstName": "A"}},
            {"type": "track", "event": "consent_given", "properties": {"purpose": "marketing"}},
            {"type": "track", "event": "app_opened"},
        )
    ]
    await stack.post("site", calls)
    await stack.decide("sells")

    async def work(number: int) -> None:
        one, chance = worker(stack), random.Random(f"{seed}/{number}")

        async def stand(point: Failpoint) -> None:
            if point is Failpoint.ADDRESS_LOCKED and chance.random() < HELD:
                await asyncio.sleep(chance.uniform(0, 0.01))

        with failpoint_hook(stand):
            while (await one.deliver(Channel.EMAIL, "sells", limit=chance.randint(1, 4))).claimed:
                pass

    await soon(asyncio.gather(*(work(number) for number in range(workers))), 120)
    await stack.run("sells")


class Stop:
    """A worker that stands at a failpoint until it may go on."""

    def __init__(self, one: Worker, at: Failpoint, channel: Channel, journey: str, **more: Any) -> None:
        self._at, self.reached, self.may_go = at, asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._deliver(one, channel, journey, more))

    async def _deliver(self, one: Worker, channel: Channel, journey: str, more: dict[str, Any]) -> DeliveryBatchResult:
        with failpoint_hook(self._stand):
            return await one.deliver(channel, journey, **more)

    async def _stand(self, point: Failpoint) -> None:
        if point is self._at:
            self.reached.set()
            await soon(self.may_go.wait())

    async def go_on(self) -> DeliveryBatchResult:
        """What the worker has done, once it went on."""
        self.may_go.set()
        done: DeliveryBatchResult = await soon(self.task)
        return done
