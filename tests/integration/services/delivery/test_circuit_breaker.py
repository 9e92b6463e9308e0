"""A provider that does not answer is passed over by all workers, and tried again by one."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kaskad.domain.channel import OutboundMessage, Refused, Retry, Unknown
from kaskad.services.delivery import circuit_breaker
from kaskad.services.delivery.rate_limits import PROBE_MESSAGES, RateLimiter
from kaskad.storage.database import Database
from kaskad.storage.delivery import provider_health
from kaskad.storage.delivery.provider_health import FAILURE_THRESHOLD
from tests.support.delivering import everybody, queue, watched, worker
from tests.support.outages.outage_world import FIRST, first_over, line, mend, pause_is_over, standing
from tests.support.stack import OpenStack, Stack, running_stack

pytestmark = pytest.mark.anyio


class Hearing(NamedTuple):
    """What noting outages needs."""

    database: Database
    rate_limiter: RateLimiter


TEN = [f"n{number}" for number in range(10)]


@pytest.mark.parametrize(("people", "opened"), [(FAILURE_THRESHOLD - 1, 0), (FAILURE_THRESHOLD, 1)])
async def test_a_run_of_outages_has_it_passed_over(database_url: str, tmp_path: Path, people: int, opened: int) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *TEN[:people])
        assert (await worker(stack).deliver()).outcomes == {"queued": people}
        stands = await standing(stack)
        assert (stands["failures"], stands["opened"]) == (people, opened)
        assert stands["seconds"] == (5 if opened else None)


async def test_another_worker_knows_of_it(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *TEN)
        await worker(stack).deliver(limit=5)
        gate = watched(stack)
        assert (await worker(stack, gate).deliver()).held == {"provider_down": 10}
        assert gate.calls == []


async def test_exactly_one_tries_whether_it_is_back(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *[f"n{number}" for number in range(45)])
        await worker(stack).deliver(limit=5)
        await pause_is_over(stack)
        gates = [watched(stack) for _ in range(4)]
        await asyncio.gather(*(worker(stack, gate).deliver(limit=10) for gate in gates))
        *others, most = sorted(len(gate.calls) for gate in gates)
        assert others == [0, 0, 0]
        assert 1 <= most <= PROBE_MESSAGES
        stands = await standing(stack)
        assert (stands["opened"], stands["seconds"]) == (2, 10), "and it is passed over for twice as long"


async def test_who_waits_for_the_row_finds_the_probe_taken(database_url: str, tmp_path: Path) -> None:
    """Both ask while the row is locked: the second must judge what the first has made of it."""
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *TEN)
        await worker(stack).deliver()
        await pause_is_over(stack)
        database, second = stack.runtime.database, None
        length = provider_health.MAX_BURST
        async with database.transaction() as connection:
            first = await provider_health.reserve_slots(connection, [FIRST], length)

            async def ask() -> Any:
                async with database.transaction() as other:
                    return await provider_health.reserve_slots(other, [FIRST], length)

            second = asyncio.create_task(ask())
            await asyncio.sleep(0.2)
        assert first and first.half_open
        assert await second is None


async def test_a_message_that_goes_closes_the_case(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *TEN)
        await worker(stack).deliver(limit=5)
        await mend(stack, cut)
        assert (await worker(stack).deliver(limit=1)).held == {"provider_down": 1}, "not before its pause is over"
        await pause_is_over(stack)
        assert (await worker(stack).deliver()).outcomes == {"sent": 9}
        assert await standing(stack) == {"failures": 0, "opened": 0, "probed": None, "seconds": None}


async def test_each_pause_is_twice_as_long_up_to_a_minute(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *TEN)
        pauses = []
        for _ in range(6):
            await worker(stack).deliver(limit=5)
            pauses.append((await standing(stack))["seconds"])
            await pause_is_over(stack)
        assert pauses == [5, 10, 20, 40, 60, 60]


ABOUT_THE_MESSAGE = [Refused("too long"), Retry("429 slow down"), Unknown("409 in work")]


@pytest.mark.parametrize("answer", ABOUT_THE_MESSAGE)
async def test_what_is_said_of_messages_is_no_outage(answer: object, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def say(_: OutboundMessage) -> object:
        return answer

    await queue(stack, *TEN)
    await worker(stack, watched(stack, before=say)).deliver()
    stands = await standing(stack)
    assert (stands["failures"], stands["opened"]) == (0, 0)


async def test_one_that_went_among_outages_keeps_it_open(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def all_but_one(_: OutboundMessage) -> object:
        return Unknown("silence", outage=True) if len(gate.calls) > 1 else None

    await queue(stack, *TEN)
    gate = watched(stack, before=all_but_one)
    assert (await worker(stack, gate).deliver()).outcomes == {"sent": 1, "unknown": 9}
    assert (await standing(stack))["opened"] == 0


async def test_without_a_database_nothing_is_noted_and_nothing_raised() -> None:
    """What was answered has to be settled all the same."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        away = Database(f"postgresql://nobody@127.0.0.1:{taken.getsockname()[1]}/none")
        results = [(FIRST, Unknown("silence", outage=True))] * 9
        assert await circuit_breaker.record_results(Hearing(away, RateLimiter()), results) == frozenset()
        await away.close()


async def test_outages_use_no_attempts_up(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, "kolya")
        total = await _deliver_until_open(stack)
        assert total == {"queued": FAILURE_THRESHOLD}
        (row,) = await stack.rows("SELECT attempt, status FROM message")
        assert row == {"attempt": 0, "status": "queued"}


async def _deliver_until_open(stack: Stack) -> Counter[str]:
    total: Counter[str] = Counter()
    for _ in range(FAILURE_THRESHOLD):
        total += (await worker(stack).deliver()).outcomes
        await stack.rows("UPDATE message SET not_before = %(now)s", now=stack.now)
    return total
