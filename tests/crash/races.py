"""Races of "bought" against the send: a reminder is on its way, and a purchase comes at the worst of moments."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count
from typing import Any

from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.project import Project
from kaskad.sandbox.providers import Outcome
from kaskad.services.decisions import runner
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from kaskad.storage.database import Connection, Database
from tests.support.delivering import CART, Worker, everybody, leave_carts, worker
from tests.support.stack import Stack

GROUP = 50  # races that are run at once
APART = 0.05  # seconds for the other one to come and wait
BUYS_NOW = 0.3  # the chance that one more begins to buy when the sender comes by a point


class Meeting(Enum):
    """Where the purchase meets the send."""

    DECIDING = auto()  # it waits for the pass that decides to send
    CLAIMED = auto()  # it is acknowledged while the sender stands after its claim
    CHECKING = auto()  # it is acknowledged while the sender stands in its look, before it has locked anybody
    INGESTING = auto()  # the sender looks while the purchase stands before its commit
    AT_ONCE = auto()  # nobody is held; each begins at some point that the sender comes by


@dataclass
class Races:
    """How many were run, how many were sent before the purchase, and which were lost: sent after it."""

    run: int = 0
    sent_before: int = 0
    lost: list[str] = field(default_factory=list)


class OneSnapshot:
    """A database whose transactions see, to their end, what their first statement saw: lock and look are one then."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self._database.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield connection


class Track:
    """Where races are run: one stack, and new customers for each group."""

    def __init__(self, stack: Stack, seed: int, *, one_snapshot: bool = False) -> None:
        self._home, self._chance, self._numbers = stack, random.Random(seed), count()
        database = stack.runtime.database
        self._database = OneSnapshot(database) if one_snapshot else database
        self._bought: dict[str, float] = {}
        self.races = Races()

    async def run(self, meeting: Meeting, races: int) -> Races:
        """So many more races of that kind; what became of all so far."""
        for start in range(0, races, GROUP):
            await self._group(meeting, min(GROUP, races - start))
        return self.races

    async def _group(self, meeting: Meeting, size: int) -> None:
        people = [f"r{next(self._numbers)}" for _ in range(size)]
        await leave_carts(self._home, *people)
        received = len(self._home.sandbox.received)
        sender: Worker = worker(self._home, database=self._database)
        if meeting is Meeting.DECIDING:
            await self._while_deciding(people)
        else:
            await self._home.decide(CART)
        await self._meet(meeting, sender, people)
        await _send_all(sender, limit=GROUP)
        await self._judge(people, received, meeting)

    async def _meet(self, meeting: Meeting, sender: Worker, people: list[str]) -> None:
        match meeting:
            case Meeting.CLAIMED | Meeting.CHECKING:
                point = Failpoint.CLAIMED if meeting is Meeting.CLAIMED else Failpoint.CHECKING
                with failpoint_hook(_at(point, lambda: self._buy_all(people))):
                    await sender.deliver()
            case Meeting.INGESTING:
                await self._while_ingesting(sender, people)
            case Meeting.AT_ONCE:
                await self._while_sending(sender, people)

    async def _while_deciding(self, people: list[str]) -> None:
        """The pass holds everybody; the purchases wait for it, and are acknowledged after it."""
        buying: list[asyncio.Task[None]] = []

        async def begin() -> None:
            buying.append(asyncio.create_task(self._buy_all(people)))
            await asyncio.sleep(APART)
            assert not buying[0].done(), "nobody held them"

        with failpoint_hook(_at(Failpoint.DECIDING, begin)):
            await runner.decide_batch(self._home.runtime, CART)
        await asyncio.gather(*buying)

    async def _while_ingesting(self, sender: Worker, people: list[str]) -> None:
        """The purchases hold everybody; the sender comes, and finds nobody free before they are committed."""
        sending: list[asyncio.Task[object]] = []

        async def begin() -> None:
            sending.append(asyncio.create_task(sender.deliver()))
            await asyncio.sleep(APART)

        with failpoint_hook(_at(Failpoint.INGESTING, begin)):
            await self._buy_all(people)
        await asyncio.gather(*sending)

    async def _while_sending(self, sender: Worker, people: list[str]) -> None:
        """At every point that the sender comes by, somebody may begin to buy; the sender goes on meanwhile."""
        waiting = self._chance.sample(people, len(people))
        buying: list[asyncio.Task[None]] = []

        async def witness(_: Failpoint) -> None:
            if waiting and self._chance.random() < BUYS_NOW:
                buying.append(asyncio.create_task(self._buy(waiting.pop())))

        with failpoint_hook(witness):
            await _send_all(sender, limit=5)
        await asyncio.gather(*buying, *map(self._buy, waiting))

    async def _buy(self, who: str) -> None:
        await self._home.track(who, "Order Completed", order_id=f"order-{who}", total=900, place="site")
        self._bought[who] = time.time()

    async def _buy_all(self, people: list[str]) -> None:
        calls = []
        for who in people:
            order = {"order_id": f"order-{who}", "total": 900, "place": "site"}
            call = {"type": "track", "event": "Order Completed", "properties": order}
            calls.append(self._home.call(call, who, f"order-{who}", None))
        await self._home.post("site", calls)
        self._bought |= dict.fromkeys(people, time.time())

    async def _judge(self, people: list[str], received: int, meeting: Meeting) -> None:
        """Lost is a race whose purchase was acknowledged before `sending` was committed, and who was written to."""
        rows = await self._home.rows(
            "SELECT id::text AS id, extract(epoch FROM sending_machine_at)::float8 AS begun FROM message"
        )
        begun = {row["id"]: row["begun"] for row in rows}
        assert len(self._bought.keys() & set(people)) == len(people)
        for call in self._home.sandbox.received[received:]:
            who = call.to.removeprefix("push-")
            assert call.outcome is Outcome.ACCEPTED
            if meeting is not Meeting.AT_ONCE or begun[call.key] > self._bought[who]:
                self.races.lost.append(who)
            else:
                self.races.sent_before += 1
        self.races.run += len(people)


async def _send_all(sender: Worker, limit: int) -> None:
    while (await sender.deliver(limit=limit)).claimed:
        pass


def _at(point: Failpoint, work: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[Failpoint], Awaitable[None]]:
    """The witness that does so much when somebody comes by the point, and holds all who do until it is done."""
    doing: list[asyncio.Future[None]] = []

    async def witness(reached: Failpoint) -> None:
        if reached is point:
            if not doing:
                doing.append(asyncio.ensure_future(work()))
            await asyncio.shield(doing[0])

    return witness


def always_open(project: Project) -> Project:
    """The project without hours in which nothing is sent, without caps and without silent tills."""
    project = everybody(project)
    cart = project.journeys[CART].model_copy(update={"send_window": None, "fresh_data": {}})
    return project.model_copy(update={"policy": Policy(), "journeys": {CART: cart}})
