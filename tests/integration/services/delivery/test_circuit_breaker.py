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
from tests.support.outage_world import FIRST, first_over, line, mend, pause_is_over, standing
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio


class Hearing(NamedTuple):
    """What noting outages needs."""

    database: Database
    rate_limiter: RateLimiter


TEN = [f"n{number}" for number in range(10)]


@pytest.mark.parametrize(("people", "opened"), [(FAILURE_THRESHOLD - 1, 0), (FAILURE_THRESHOLD, 1)])
async def test_a_run_of_outages_has_it_passed_over(database_url: str, tmp_path: Path, people: int, opened: int) -> None:
    async with line() as cut, stack(database_url, tmp_path, edit=first_over(cut)) as home:
        await queue(home, *TEN[:people])
        assert (await worker(home).deliver()).outcomes == {"queued": people}
        stands = await standing(home)
        assert (stands["failures"], stands["opened"]) == (people, opened)
        assert stands["seconds"] == (5 if opened else None)


async def test_another_worker_knows_of_it(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, stack(database_url, tmp_path, edit=first_over(cut)) as home:
        await queue(home, *TEN)
        await worker(home).deliver(limit=5)
        gate = watched(home)
        assert (await worker(home, gate).deliver()).held == {"provider_down": 10}
        assert gate.calls == []


async def test_exactly_one_tries_whether_it_is_back(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, stack(database_url, tmp_path, edit=first_over(cut)) as home:
        await queue(home, *[f"n{number}" for number in range(45)])
        await worker(home).deliver(limit=5)
        await pause_is_over(home)
        gates = [watched(home) for _ in range(4)]
        await asyncio.gather(*(worker(home, gate).deliver(limit=10) for gate in gates))
        *others, one = sorted(len(gate.calls) for gate in gates)
        assert others == [0, 0, 0]
        assert 1 <= one <= PROBE_MESSAGES
        stands = await standing(home)
        assert (stands["opened"], stands["seconds"]) == (2, 10), "and it is passed over for twice as long"


async def test_who_waits_for_the_row_finds_the_probe_taken(database_url: str, tmp_path: Path) -> None:
    """Both ask while the row is locked: the second must judge what the first has made of it."""
    async with line() as cut, stack(database_url, tmp_path, edit=first_over(cut)) as home:
        await queue(home, *TEN)
        await worker(home).deliver()
        await pause_is_over(home)
        database, second = home.runtime.database, None
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
    async with line() as cut, stack(database_url, tmp_path, edit=first_over(cut)) as home:
        await queue(home, *TEN)
        await worker(home).deliver(limit=5)
        await mend(home, cut)
        assert (await worker(home).deliver(limit=1)).held == {"provider_down": 1}, "not before its pause is over"
        await pause_is_over(home)
        assert (await worker(home).deliver()).outcomes == {"sent": 9}
        assert await standing(home) == {"failures": 0, "opened": 0, "probed": None, "seconds": None}


async def test_each_pause_is_twice_as_long_up_to_a_minute(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, stack(database_url, tmp_path, edit=first_over(cut)) as home:
        await queue(home, *TEN)
        pauses = []
        for _ in range(6):
            await worker(home).deliver(limit=5)
            pauses.append((await standing(home))["seconds"])
            await pause_is_over(home)
        assert pauses == [5, 10, 20, 40, 60, 60]


ABOUT_THE_MESSAGE = [Refused("too long"), Retry("429 slow down"), Unknown("409 in work")]


@pytest.mark.parametrize("answer", ABOUT_THE_MESSAGE)
async def test_what_is_said_of_messages_is_no_outage(database_url: str, tmp_path: Path, answer: object) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:

        async def say(_: OutboundMessage) -> object:
            return answer

        await queue(home, *TEN)
        await worker(home, watched(home, before=say)).deliver()
        stands = await standing(home)
        assert (stands["failures"], stands["opened"]) == (0, 0)


async def test_one_that_went_among_outages_keeps_it_open(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:

        async def all_but_one(_: OutboundMessage) -> object:
            return Unknown("silence", outage=True) if len(gate.calls) > 1 else None

        await queue(home, *TEN)
        gate = watched(home, before=all_but_one)
        assert (await worker(home, gate).deliver()).outcomes == {"sent": 1, "unknown": 9}
        assert (await standing(home))["opened"] == 0


async def test_without_a_database_nothing_is_noted_and_nothing_raised() -> None:
    """What was answered has to be settled all the same."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        away = Database(f"postgresql://nobody@127.0.0.1:{taken.getsockname()[1]}/none")
        told = [(FIRST, Unknown("silence", outage=True))] * 9
        assert await circuit_breaker.record_results(Hearing(away, RateLimiter()), told) == frozenset()
        await away.close()


async def test_outages_use_no_attempts_up(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, stack(database_url, tmp_path, edit=first_over(cut)) as home:
        await queue(home, "kolya")
        total = await _deliver_until_open(home)
        assert total == {"queued": FAILURE_THRESHOLD}
        (row,) = await home.rows("SELECT attempt, status FROM message")
        assert row == {"attempt": 0, "status": "queued"}


async def _deliver_until_open(home: Stack) -> Counter[str]:
    total: Counter[str] = Counter()
    for _ in range(FAILURE_THRESHOLD):
        total += (await worker(home).deliver()).outcomes
        await home.rows("UPDATE message SET not_before = %(now)s", now=home.now)
    return total
