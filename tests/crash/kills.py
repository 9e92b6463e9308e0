"""Who is killed, where and when: spread evenly over the sends, in an order that the seed decides."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kaskad.services.failures.failpoints import Failpoint
from tests.crash.load import Load
from tests.crash.victim import Victim

WORKERS = 3  # without Prefect, besides the one with it
STRIKES_WITHIN = {"worker under Prefect": 20.0}  # seconds in which who is armed comes by the point; else 6
SOON = 6.0
MOST_OF_THEM = 0.95  # of the sends: by then the last blow has fallen
LEAST_UNDER_PREFECT = 20
IN_A_WORKER = (
    Failpoint.CLAIMED,
    Failpoint.CHECKING,
    Failpoint.CHECKED,
    Failpoint.CALLING,
    Failpoint.ANSWERED,
    Failpoint.SETTLING,
    Failpoint.DECIDING,
)


@dataclass(frozen=True, slots=True)
class Blow:
    """One kill: of which part, and at which point; without one, wherever it stands."""

    part: str
    point: Failpoint | None = None

    def __str__(self) -> str:
        return f"{self.part}, {self.point.value if self.point else 'anywhere'}"


SHARES = {
    **{Blow("worker", point): 8 for point in IN_A_WORKER},
    Blow("worker"): 12,
    Blow("worker", Failpoint.FANNING_OUT): 4,
    Blow("api", Failpoint.INGESTING): 7,
    Blow("api"): 6,
    Blow("publisher", Failpoint.PUBLISHING): 3,
    Blow("postgres"): 4,
    Blow("sandbox"): 5,
}


def planned(kills: int, seed: int) -> tuple[list[Blow], list[Blow]]:
    """The blows against the stack, and those against workers under Prefect: a tenth, from 200 on at least 20."""
    chance = random.Random(seed)
    under_prefect = max(kills // 10, min(LEAST_UNDER_PREFECT, kills // 10 + 1))
    others = kills - under_prefect
    whole = sum(SHARES.values())
    blows = [blow for blow, share in SHARES.items() for _ in range(max(1, others * share // whole))]
    blows = (blows + chance.choices(list(SHARES), list(SHARES.values()), k=others))[:others]
    chance.shuffle(blows)
    return blows, [Blow("worker under Prefect", IN_A_WORKER[n % len(IN_A_WORKER)]) for n in range(under_prefect)]


class Attack:
    """Deals the blows while shoppers come and workers work; `dealt` counts them as they really fell."""

    def __init__(self, stack: Victim, load: Load, sends: int, count: Callable[[], int]) -> None:
        """`count` tells how many sends the providers have got so far, of the `sends` wanted."""
        self._stack, self._shoppers, self._sends, self._count = stack, load, sends, count
        self._workers: deque[tuple[int, Blow]] = deque()
        self._titles = 0
        self._visits: set[asyncio.Task[None]] = set()
        self.dealt: Counter[str] = Counter()

    async def run(self, blows: Sequence[Blow], under_prefect: Sequence[Blow]) -> None:
        """Returns when the last blow has fallen; what was killed stands again, and works."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._against_stack(blows))
            group.create_task(self._against_prefect(under_prefect))

    async def _against_stack(self, blows: Sequence[Blow]) -> None:
        fresh = iter([blow for blow in blows if blow.part == "worker"])
        await self._fill(fresh)
        await self._arm_api(blows, 0)
        for number, blow in enumerate(blows):
            await self._turn(number / len(blows))
            await self._deal(blow)
            await self._fill(fresh)
            if blow.part == "api":
                await self._arm_api(blows, number + 1)
        for _ in range(WORKERS):
            await self._stack.work(tasks=["resolve", "fanout", "advance", "deliver"])

    async def _fill(self, fresh: Iterator[Blow]) -> None:
        """So many workers live at a time; each knows from its birth where it will die."""
        while len(self._workers) < WORKERS and (blow := next(fresh, None)):
            fans_out = {"tasks": ["resolve", "fanout", "advance", "deliver"]}
            plan = fans_out if blow.point is Failpoint.FANNING_OUT else {}
            self._workers.append((await self._stack.work(point=blow.point, **plan), blow))

    async def _arm_api(self, blows: Sequence[Blow], start: int) -> None:
        """The API is born for the point at which it will die next; it is armed when its turn has come."""
        coming = next((blow for blow in blows[start:] if blow.part == "api"), Blow("api"))
        if start:
            await self._stack.serve("api", point=coming.point, armed=False)
        elif coming.point:
            await self._stack.kill("api")
            await self._stack.serve("api", point=coming.point, armed=False)

    async def _turn(self, part: float) -> None:
        while self._count() < part * MOST_OF_THEM * self._sends:  # noqa: ASYNC110 - the record tells nobody
            await asyncio.sleep(0.02)

    async def _deal(self, blow: Blow) -> None:
        match blow.part:
            case "worker":
                await self._strike_worker()
                return
            case "api":
                visit = asyncio.create_task(self._shoppers.open_app())
                await self._strike(self._stack.serving("api"), blow)
                self._visits.add(visit)
                visit.add_done_callback(self._visits.discard)
                return
            case "sandbox":
                await self._stack.kill("sandbox")
                await self._stack.serve("sandbox")
            case "postgres":
                await self._stack.kill_postgres()
            case "publisher":
                self._titles += 1
                title = f"Edition {self._titles}"
                assert await self._stack.publish(title, point=Failpoint.PUBLISHING) == -9
                assert await self._stack.publish(title) == 0
        self.dealt[str(blow)] += 1

    async def _strike_worker(self) -> None:
        pid, blow = self._workers.popleft()
        striking = asyncio.create_task(self._strike(pid, blow))
        if blow.point is Failpoint.FANNING_OUT:
            await self._shoppers.restock()
        await striking

    async def _strike(self, pid: int, blow: Blow) -> None:
        men = self._stack.men
        if blow.point:
            men.arm(pid)
            try:
                async with asyncio.timeout(STRIKES_WITHIN.get(blow.part, SOON)):
                    assert (code := await men.death(pid)) == -9, f"{blow} ended by itself with code {code}"
                self.dealt[str(blow)] += 1
                return
            except TimeoutError:
                pass
        await men.kill(pid)
        self.dealt[str(Blow(blow.part))] += 1

    async def _against_prefect(self, blows: Sequence[Blow]) -> None:
        for number, blow in enumerate(blows):
            pid = await self._stack.work_under_prefect(point=blow.point, armed=False)
            await self._turn((number + 0.5) / len(blows))
            await self._strike(pid, blow)
        await self._stack.work_under_prefect()
