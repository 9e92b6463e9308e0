"""Where a provider does not answer, the next of its channel carries, then the next channel; and back again later."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import OutboundMessage, Unknown
from kaskad.domain.decisions.send_step import PROVIDER_DOWN_RETRY
from kaskad.services.operations import emergency_stops
from kaskad.storage.delivery.provider_health import FAILURE_THRESHOLD
from tests.support.delivering import CART, queue, statuses, watched, worker
from tests.support.outages.outage_world import FIRST, SECOND, first_over, line, mend, pause_is_over, standing
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio
TWENTY = [f"n{number}" for number in range(20)]


async def carriers_of(stack: Stack) -> dict[str | None, int]:
    """How many messages each provider carried."""
    rows = await stack.rows("SELECT provider, count(*) FROM message WHERE status = 'sent' GROUP BY provider")
    return {row["provider"]: row["count"] for row in rows}


async def test_the_next_provider_of_the_channel_carries(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        await queue(stack, *TWENTY)
        await stack.run(CART)
        assert await carriers_of(stack) == {SECOND: 20}
        assert len({address for _, address in stack.sent()}) == len(stack.sent()) == 20
        assert (await standing(stack))["opened"] == 1


async def test_a_single_message_is_there_at_once(database_url: str, tmp_path: Path) -> None:
    """With another provider to go to, no pause is kept between its tries."""
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        await queue(stack, "kolya")
        done = await stack.run(CART)
        assert done.outcomes == {"queued": FAILURE_THRESHOLD, "sent": 1}
        assert await carriers_of(stack) == {SECOND: 1}


async def test_nobody_can_tell_is_never_carried_by_another(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:

        async def silence(_: OutboundMessage) -> Unknown:
            return Unknown("the line went dead", outage=True)

        await queue(stack, *TWENTY)
        gate = watched(stack, before=silence)
        done = await worker(stack, gate).deliver(limit=8)
        done += await worker(stack, gate).deliver()
        assert done.outcomes == {"unknown": 8, "sent": 12}
        rows = await stack.rows("SELECT DISTINCT status::text, provider FROM message ORDER BY status")
        assert [tuple(row.values()) for row in rows] == [("sent", SECOND), ("unknown", FIRST)]
        assert len(stack.sandbox.received) == 12


async def test_the_first_carries_again_when_it_is_back(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        await queue(stack, *TWENTY)
        assert (await worker(stack).deliver(limit=5)).outcomes == {"queued": 5}
        await worker(stack).deliver(limit=5)
        await mend(stack, cut)
        await pause_is_over(stack)
        while (await worker(stack).deliver()).claimed:
            pass
        assert await carriers_of(stack) == {FIRST: 15, SECOND: 5}


async def test_the_next_channel_takes_it(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *TWENTY, channels=("push", "email"))
        await stack.run(CART)
        assert [channel for channel, _ in stack.sent()] == ["email"] * 20
        assert {status for status in await statuses(stack) if status[0] == "push"} == {
            ("push", "held", "provider_down")
        }
        await stack.rows("UPDATE enrollment SET due_at = %(now)s", now=stack.now)
        await stack.run(CART)
        assert len(stack.sent()) == 20, "and nobody hears it twice"


async def test_the_only_channel_is_waited_for(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *TWENTY)
        await stack.run(CART)  # fails unless it comes to rest
        (row,) = await stack.rows("SELECT DISTINCT due_at, status FROM enrollment")
        assert row == {"status": "active", "due_at": stack.now + PROVIDER_DOWN_RETRY}
        await mend(stack, cut)
        await pause_is_over(stack)
        await stack.at(PROVIDER_DOWN_RETRY)
        await stack.tills()
        await stack.run(CART)
        await stack.at(PROVIDER_DOWN_RETRY)
        await stack.run(CART)
        assert len(stack.sent()) == 20


async def test_what_waited_for_too_long_is_not_sent(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut)) as stack:
        await queue(stack, *TWENTY)
        await stack.run(CART)
        await mend(stack, cut)
        await pause_is_over(stack)
        await stack.at(timedelta(days=2))
        await stack.tills()
        await stack.run(CART)
        assert stack.sent() == []
        assert {status for _, status, _ in await statuses(stack)} == {"dropped"}


async def test_a_provider_that_was_stopped_is_passed_over_as_well(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        await queue(stack, *TWENTY)
        await emergency_stops.stop(stack.runtime, "provider", FIRST, by="test")
        assert (await worker(stack).deliver()).outcomes == {"sent": 20}
        assert await carriers_of(stack) == {SECOND: 20}


async def test_one_stopped_and_one_down_is_a_channel_that_is_down(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        await queue(stack, *TWENTY, channels=("push", "email"))
        await emergency_stops.stop(stack.runtime, "provider", SECOND, by="test")
        await stack.run(CART)
        assert [channel for channel, _ in stack.sent()] == ["email"] * 20


async def test_a_provider_without_its_secret_here_is_passed_over(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        await queue(stack, "kolya")
        other = worker(stack)
        other.providers = {name: provider for name, provider in other.providers.items() if name != FIRST}
        assert (await other.deliver()).outcomes == {"sent": 1}
        assert await carriers_of(stack) == {SECOND: 1}
