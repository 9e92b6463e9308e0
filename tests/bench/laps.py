"""The two ways that are measured: one Prefect run for everybody, and one Prefect run for each customer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from crowd import Crowd, address_of, leave_carts
from measuring import Costs, Meter
from stand import NOON, Stand

from kaskad.domain.errors import KaskadError, NotFound
from kaskad.services.explaining.explain import explain

JOURNEY = "abandoned_cart"
LONGEST_RUN = 600.0  # seconds
LOOK_EVERY = 0.5  # seconds between two looks whether a run has ended
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
    costs: Costs = field(default_factory=Costs)

    @property
    def customers_per_s(self) -> float:
        return self.customers / self.seconds


async def all_at_once(stand: Stand, crowd: Crowd, workers: Sequence[int], progress: Progress) -> Lap:
    """As many runs as workers, begun together, take the crowd, who are due already, through the journey."""
    async with exactly(stand, crowd):
        await leave_carts(stand.runtime, crowd.ids, NOON)
        await tidy(stand)
        async with reporting(stand, progress), Meter(stand, workers) as meter:
            began = datetime.now(UTC)
            ends = await asyncio.gather(*[run_of(stand, {}) for _ in workers])
        return Lap(crowd.size, len(workers), (max(ends) - began).total_seconds(), meter.costs(crowd.size))


async def one_by_one(stand: Stand, crowd: Crowd, workers: Sequence[int], progress: Progress) -> Lap:
    """Each customer by a run of their own, the next one when the last has completed."""
    seconds = 0.0
    async with exactly(stand, crowd), Meter(stand, workers) as meter:
        for number, customer in enumerate(crowd.ids, start=1):
            await leave_carts(stand.runtime, [customer], NOON)
            began = datetime.now(UTC)
            seconds += (await run_of(stand, {"customer": customer}) - began).total_seconds()
            progress(number)
    return Lap(crowd.size, crowd.size, seconds, meter.costs(crowd.size))


async def run_of(stand: Stand, parameters: Mapping[str, Any]) -> datetime:
    """When a new run of the journey was Completed, by the run's own end time: not when we looked."""
    deployment = (await stand.gateway.deployments(JOURNEY))[0].id
    async with stand.gateway.open_client() as client:
        run = await client.create_flow_run_from_deployment(deployment, parameters=dict(parameters))
    async with asyncio.timeout(LONGEST_RUN):
        while not (run.state and run.state.is_final()):
            await asyncio.sleep(LOOK_EVERY)  # not often: what is asked, the server cannot do for the run
            async with stand.gateway.open_client() as client:
                run = await client.read_flow_run(run.id)
    if not run.state.is_completed() or run.end_time is None:
        raise BenchFailed(f"the run '{run.name}' ended as {run.state.name}: {run.state.message}")
    return run.end_time


async def tidy(stand: Stand) -> None:
    """What autovacuum has long done in a shop that runs: the planner knows how large the tables are."""
    async with stand.runtime.database.transaction() as connection:
        await connection.execute("ANALYZE")


@asynccontextmanager
async def reporting(stand: Stand, progress: Progress) -> AsyncIterator[None]:
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
async def exactly(stand: Stand, *crowds: Crowd) -> AsyncIterator[None]:
    """Raises BenchFailed unless the sandbox got, meanwhile, one message for each of the crowds and nothing else."""
    before = await stand.count_received()
    yield
    records = await stand.received(before)
    outcomes = Counter(record["outcome"] for record in records)
    keys, reached = {record["key"] for record in records}, {record["to"] for record in records}
    expected = {address_of(customer): customer for crowd in crowds for customer in crowd.ids}
    if outcomes != {"accepted": len(expected)} or len(keys) != len(expected) or reached != set(expected):
        missed = sorted(set(expected) - reached)
        raise BenchFailed(
            f"the sandbox should have got {len(expected)} messages for '{crowds[0].name}', and got "
            f"{dict(outcomes) or 'none'} with {len(keys)} keys; customers missed: {len(missed)}, "
            f"strangers: {len(reached - set(expected))}. {await _why(stand, expected[missed[0]]) if missed else ''}"
        )


async def _why(stand: Stand, customer: str) -> str:
    """What Kaskad says of one who was missed; nothing when it never knew them."""
    try:
        story = await explain(stand.runtime, customer, JOURNEY)
    except NotFound:
        return ""
    return f"{customer}: {story.passages[-1].summary}" if story.passages else f"{customer} never came in"
