"""The two ways that are measured: one Prefect run for everybody, and one Prefect run for each customer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crowd import Crowd, leave_carts, token_of
from stand import NOON, Stand

from kaskad.domain.errors import KaskadError

JOURNEY = "abandoned_cart"
LONGEST_RUN = 600.0  # seconds
LOOK_EVERY = 0.25  # seconds between two looks whether a run has ended
COUNT_EVERY = 1.0  # seconds between two looks at what the sandbox has got

Progress = Callable[[int], None]  # how many customers were reached so far


class BenchFailed(KaskadError):
    """What was measured is not what was to be measured: there is no figure."""


@dataclass(frozen=True, slots=True)
class Lap:
    """So many customers were reached by so many runs, in the seconds from their creation to their completion."""

    customers: int
    runs: int
    seconds: float

    @property
    def customers_per_s(self) -> float:
        return self.customers / self.seconds


async def all_at_once(stand: Stand, crowd: Crowd, progress: Progress) -> Lap:
    """One run takes the crowd, who are due already, through the journey."""
    async with _exactly(stand, crowd):
        await leave_carts(stand.runtime, crowd.ids, NOON)
        await _tidy(stand)
        async with _told(stand, progress):
            return Lap(crowd.size, 1, await _run(stand, {}))


async def one_by_one(stand: Stand, crowd: Crowd, progress: Progress) -> Lap:
    """Each customer by a run of their own, the next one when the last has completed."""
    seconds = 0.0
    async with _exactly(stand, crowd):
        for number, customer in enumerate(crowd.ids, start=1):
            await leave_carts(stand.runtime, [customer], NOON)
            seconds += await _run(stand, {"customer": customer})
            progress(number)
    return Lap(crowd.size, crowd.size, seconds)


async def _run(stand: Stand, parameters: Mapping[str, Any]) -> float:
    """Seconds from `create_flow_run` until the run was Completed, by the run's own end time: not when we looked."""
    deployment = (await stand.gateway.deployments(JOURNEY))[0].id
    began = datetime.now(UTC)
    async with stand.gateway.asking() as client:
        run = await client.create_flow_run_from_deployment(deployment, parameters=dict(parameters))
    async with asyncio.timeout(LONGEST_RUN):
        while not (run.state and run.state.is_final()):
            await asyncio.sleep(LOOK_EVERY)  # not often: what is asked, the server cannot do for the run
            async with stand.gateway.asking() as client:
                run = await client.read_flow_run(run.id)
    if not run.state.is_completed() or run.end_time is None:
        raise BenchFailed(f"the run '{run.name}' ended as {run.state.name}: {run.state.message}")
    return run.end_time.timestamp() - began.timestamp()


async def _tidy(stand: Stand) -> None:
    """What autovacuum has long done in a shop that runs: the planner knows how large the tables are."""
    async with stand.runtime.database.transaction() as connection:
        await connection.execute("ANALYZE")


@asynccontextmanager
async def _told(stand: Stand, progress: Progress) -> AsyncIterator[None]:
    """While inside, `progress` hears how many calls the sandbox has got."""
    before = await stand.count_received()

    async def watch() -> None:
        while True:
            await asyncio.sleep(COUNT_EVERY)
            progress(await stand.count_received() - before)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    progress(await stand.count_received() - before)


@asynccontextmanager
async def _exactly(stand: Stand, crowd: Crowd) -> AsyncIterator[None]:
    """Raises BenchFailed unless the sandbox got, meanwhile, one message for each of the crowd and nothing else."""
    before = await stand.count_received()
    yield
    records = await stand.received(before)
    outcomes = Counter(record["outcome"] for record in records)
    keys, reached = {record["key"] for record in records}, {record["to"] for record in records}
    expected = set(map(token_of, crowd.ids))
    if outcomes != {"accepted": crowd.size} or len(keys) != crowd.size or reached != expected:
        raise BenchFailed(
            f"the sandbox should have got {crowd.size} messages for '{crowd.name}', and got {dict(outcomes) or 'none'} "
            f"with {len(keys)} keys; customers missed: {len(expected - reached)}, strangers: {len(reached - expected)}"
        )
