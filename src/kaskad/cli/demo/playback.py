"""Plays the days: the engine's clock jumps to the next time at which something is due, rounded up to the hour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kaskad.domain.errors import KaskadError
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.runtime import Runtime
from kaskad.sandbox.providers import Sandbox
from kaskad.sandbox.shop.event import ShopEvent
from kaskad.sandbox.shop.segment_feed import SegmentFeed
from kaskad.services import work_queue
from kaskad.storage import clock

HOUR = timedelta(hours=1)
RUN_TIMEOUT = 120.0  # seconds
MAX_ROUNDS = 12  # of runs at one instant; immediate receipts make more work


class DemoFailed(KaskadError):
    """The demo could not be played to its end."""


@dataclass
class DemoPlayback:
    """Steps the clock, posts events, and runs the flows that have work."""

    runtime: Runtime
    gateway: PrefectGateway
    sandbox: Sandbox
    feed: SegmentFeed
    events: Sequence[ShopEvent]
    start: datetime
    end: datetime
    flow_runs: int = 0
    posted: int = 0

    async def run(self, progress: Callable[[datetime, int, int], None]) -> None:
        """Plays to the end; calls `progress` for each instant with the time, the events posted, and the flow runs."""
        now = self.start
        while now < self.end:
            now = await self._next(now)
            await self._set_clock(now)
            await self._post_until(now)
            await self._settle()
            progress(now, self.posted, self.flow_runs)
        await self._run(["unknowns"])
        await self._settle()

    async def _next(self, now: datetime) -> datetime:
        outlook = await work_queue.load_pending_work(self.runtime)
        following = self.events[self.posted].at if self.posted < len(self.events) else None
        instants = [at for at in (outlook.next_at, following, self.sandbox.next_receipt_at()) if at]
        return min(max(_next_hour(min(instants, default=self.end)), now + HOUR), self.end)

    async def _set_clock(self, at: datetime) -> None:
        async with self.runtime.database.transaction() as connection:
            await clock.set_clock(connection, at)

    async def _post_until(self, now: datetime) -> None:
        """Posts all events up to now; each is answered with 200 before any flow runs."""
        upto = self.posted
        while upto < len(self.events) and self.events[upto].at <= now:
            upto += 1
        await self.feed.post(self.events[self.posted : upto])
        self.posted = upto

    async def _settle(self) -> None:
        """Runs flows until nothing is due at this instant."""
        for _ in range(MAX_ROUNDS):
            await self.sandbox.tick()
            outlook = await work_queue.load_pending_work(self.runtime)
            due = [*(["fanout"] if outlook.fanout else []), *outlook.journeys]
            if not due:
                return
            # The fan-out runs first and alone, because only then is it known who gets a message about a product.
            await self._run(due[:1] if outlook.fanout else due)
        raise DemoFailed(f"work does not end at {outlook.now:%d %b %H:%M}: {', '.join(outlook.journeys)}")

    async def _run(self, deployments: Sequence[str]) -> None:
        started = [await self.gateway.start_run(name, now=datetime.now(UTC)) for name in deployments]
        self.flow_runs += len(started)
        for run in await self.gateway.wait_for_runs(started, RUN_TIMEOUT):
            if not run.completed:
                raise DemoFailed(f"the run '{run.name}' ended as {run.state}: {run.message}")


def _next_hour(at: datetime) -> datetime:
    floor = at.replace(minute=0, second=0, microsecond=0)
    return floor if floor == at else floor + HOUR
