"""Playing a script on the live engine, tick by tick as workers do: what a rehearsal has to agree with."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kaskad.domain.channel import Receipt
from kaskad.services import work_queue
from kaskad.services.catalogue import Catalogue
from kaskad.services.decisions import fanout
from kaskad.services.decisions.runner import decide_batch
from kaskad.services.delivery import deliver
from kaskad.services.delivery.rendering import MessageRenderer
from kaskad.services.ingestion import ingest, receipts
from kaskad.services.simulation.run import Scenario
from kaskad.services.simulation.runtime import SimulationRuntime
from kaskad.services.simulation.script import Script, ScriptEvent, align_to_tick, sort_events
from kaskad.storage import clock
from kaskad.storage.delivery import promo_codes

CODES = 1_000  # of each promo: nobody goes without
PASS = 7  # people: small passes, so that several workers share every tick


class LiveEngine:
    """The services, with a clock that is stepped from tick to tick, and so many workers at each of them."""

    def __init__(self, runtime: SimulationRuntime, script: Script, tick: timedelta, workers: int) -> None:
        self.runtime, self.script, self.tick = runtime, script, tick
        self.workers = [
            replace(runtime, catalogue=Catalogue(), message_renderer=MessageRenderer()) for _ in range(workers)
        ]
        self.pending_receipts: list[tuple[datetime, Receipt]] = []

    async def play(self, scenario: Scenario) -> None:
        """Everything of the script."""
        await self._step(self.script.start)
        await self.runtime.publish(scenario.project, scenario.compiled)
        async with self.runtime.database.transaction() as connection:
            for promo in scenario.project.promos.values():  # a rehearsal uses none up
                await promo_codes.sync_codes(
                    connection, promo, [f"{promo.name}-{n}" for n in range(CODES)], now=self.script.start
                )
        happened = deque(sort_events(self.script.happened, self.tick))
        while (at := await self._next(happened)) is not None and at <= self.script.end:
            await self._step(at)
            now = []
            while happened and align_to_tick(happened[0].event.occurred_at, self.tick) <= at:
                now.append(happened.popleft())
            await self._ingest(now)
            await self._receive(at)
            await self._work()

    async def _next(self, happened: deque[ScriptEvent]) -> datetime | None:
        """The next tick at which there is anything to do."""
        outlook = await work_queue.load_pending_work(self.runtime)
        waiting = [outlook.next_at] if outlook.next_at else []
        waiting += [happened[0].event.occurred_at] if happened else []
        waiting += [at for at, _ in self.pending_receipts]
        return min((align_to_tick(at, self.tick) for at in waiting), default=None)

    async def _step(self, at: datetime) -> None:
        async with self.runtime.database.transaction() as connection:
            await clock.set_clock(connection, at)

    async def _ingest(self, happened: list[ScriptEvent]) -> None:
        sources: dict[str, list[Any]] = defaultdict(list)
        for script_event in happened:
            sources[script_event.source].append(script_event.event)
        for source in sorted(sources):
            await ingest.ingest(self.runtime, source, sources[source])

    async def _receive(self, at: datetime) -> None:
        now = [receipt for when, receipt in self.pending_receipts if align_to_tick(when, self.tick) <= at]
        self.pending_receipts = [
            pending for pending in self.pending_receipts if align_to_tick(pending[0], self.tick) > at
        ]
        if now:
            await receipts.apply_own_receipts(self.runtime, "rehearsal", now)

    async def _work(self) -> None:
        while await fanout.expand_next(self.runtime) is not None:
            pass
        for _ in range(40):
            done = sum(await asyncio.gather(*map(self._share, self.workers)))
            await self._listen()
            if not done:
                return
        raise AssertionError("it does not come to rest")

    async def _share(self, worker: SimulationRuntime) -> int:
        """What one worker gets hold of: people to decide about, then messages to send."""
        async with worker.database.transaction() as connection:
            await worker.catalogue.refresh(connection)
        done = 0
        for journey in sorted(worker.catalogue.current):
            due, _ = await work_queue.load_journey_work(worker, journey)
            while due and ((advanced := await decide_batch(worker, journey, limit=PASS)).people or advanced.busy):
                done += 1
            _, queued = await work_queue.load_journey_work(worker, journey)
            for channel in queued:
                done += (await deliver.deliver_batch(worker, journey, channel, limit=PASS)).claimed
        return done

    async def _listen(self) -> None:
        heard, self.runtime.answers.heard = self.runtime.answers.heard, {}
        async with self.runtime.database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT id, sending_at FROM message WHERE id = ANY(%(ids)s)", {"ids": list(heard)}
            )
            rows = await cursor.fetchall()
        for row in rows:
            for reply in heard[row["id"]]:
                at = row["sending_at"] + reply.after
                self.pending_receipts.append((at, Receipt(row["id"], reply.kind, at)))


def difference(first: Counter[Any], other: Counter[Any]) -> list[str]:
    """What only one of them decided, for people."""
    return [f"only the first: {key}" for key in (first - other)] + [
        f"only the second: {key}" for key in (other - first)
    ]
