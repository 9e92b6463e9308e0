"""The sandbox as a judge: it behaves as told, the same way each time, and forgets nothing that was sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from kaskad.sandbox.providers import Behaviour, Rates, Sandbox, read_records
from tests.contract.world import HEADERS, SECRET, START, EngineClock, post_sms, until

pytestmark = pytest.mark.anyio


async def test_what_was_received_can_be_read_in_portions(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    for key in ("a", "b", "b"):
        await post_sms(client, sandbox, key)
    url = f"{sandbox.http_url}/_received"
    async with httpx.AsyncClient(trust_env=False) as reader:  # of a provider no more than a little is read
        answer = (await reader.get(url)).json()
    assert [(record["key"], record["outcome"]) for record in answer["records"]] == [
        ("a", "accepted"),
        ("b", "accepted"),
        ("b", "duplicate"),
    ]
    assert answer["next"] == 3
    await post_sms(client, sandbox, "c")
    assert [record["key"] for record in (await client.get(url, params={"since": 3})).json()["records"]] == ["c"]
    summary = (await client.get(f"{sandbox.http_url}/_summary")).json()
    assert summary == {"calls": {"sms": {"accepted": 3, "duplicate": 1}}}


async def test_two_calls_at_once_for_one_key_are_one_message(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.behaviour = Behaviour(default=Rates(delay_s=0.05))
    answers = await asyncio.gather(*(post_sms(client, sandbox, "same") for _ in range(8)))
    assert len({answer.text for answer in answers}) == 1
    assert Counter(record.outcome.value for record in sandbox.received) == {"accepted": 1, "duplicate": 7}


async def test_a_lost_message_is_answered_when_its_key_comes_again(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.behaviour = Behaviour(default=Rates(lose=1))
    with pytest.raises(httpx.ReadError):
        await post_sms(client, sandbox, "key")
    assert (await post_sms(client, sandbox, "key")).status_code == 200
    assert [record.outcome.value for record in sandbox.received] == ["lost", "duplicate"]


async def test_a_key_that_was_deferred_gets_through_in_the_end(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.behaviour = Behaviour(default=Rates(retry=0.5))
    statuses: dict[str, list[int]] = {str(number): [] for number in range(20)}
    for key, seen in statuses.items():
        while not seen or seen[-1] == 429:
            seen.append((await post_sms(client, sandbox, key)).status_code)
    assert {seen[-1] for seen in statuses.values()} == {200}
    assert 30 < sum(map(len, statuses.values())) < 60


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"headers": {"Authorization": "Bearer wrong", "Idempotency-Key": "k"}}, 401),
        ({"headers": HEADERS}, 400),
        ({"headers": HEADERS | {"Idempotency-Key": "another"}}, 400),
        ({"headers": HEADERS | {"Idempotency-Key": "k"}, "content": b"[]"}, 400),
        ({"headers": HEADERS | {"Idempotency-Key": "k"}, "content": b"{"}, 400),
        ({"url": "/telex"}, 404),
        ({"url": "/email"}, 404),
        ({"url": "/sms/k"}, 405),
    ],
)
async def test_what_a_provider_would_not_take_is_not_counted(
    client: httpx.AsyncClient, sandbox: Sandbox, changes: dict[str, Any], status: int
) -> None:
    given: dict[str, Any] = {
        "url": "/sms",
        "headers": HEADERS,
        "content": b'{"key": "k", "to": "1", "from": "2", "content": {}}',
    }
    given |= changes
    answer = await client.post(sandbox.http_url + given.pop("url"), **given)
    assert (answer.status_code, sandbox.received) == (status, [])


async def test_records_carry_both_clocks_and_outlive_the_sandbox(
    client: httpx.AsyncClient, clock: EngineClock, tmp_path: Path
) -> None:
    def machine() -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC)

    file = tmp_path / "judge" / "received.jsonl"
    async with Sandbox(file.parent, clock, Behaviour(), secret=SECRET, machine=machine) as sandbox:
        await post_sms(client, sandbox, "a")
        assert await until(lambda: len(read_records(file)) == 1, seconds=1), "written while it runs"
        clock.at += timedelta(hours=1)
        await post_sms(client, sandbox, "b")
    first, second = read_records(file)
    assert (first.engine_at, second.engine_at) == (START, START + timedelta(hours=1))
    assert first.machine_at == machine()
    assert (first.fields, first.html_length) == ({"text": "Это мы"}, 27_000)
    with file.open("a") as broken:
        broken.write('{"key": "cut o')
    async with Sandbox(file.parent, clock, Behaviour(), secret=SECRET) as again:
        assert again.received == [first, second]
        await post_sms(client, again, "a")
        assert again.received[-1].outcome == "duplicate"
    assert [record.key for record in read_records(file)] == ["a", "b", "a"]


async def test_what_was_taken_is_recorded_though_the_client_went_away(clock: EngineClock) -> None:
    reading, going_on = asyncio.Event(), asyncio.Event()

    async def slow_clock() -> datetime:
        reading.set()
        await going_on.wait()
        return clock.at

    async with Sandbox(None, slow_clock, Behaviour(), secret=SECRET) as sandbox:
        _, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp_port)
        writer.write(
            b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nSubject: s\r\n\r\ntext\r\n.\r\n"
        )
        await reading.wait()
        writer.transport.abort()
        assert await until(lambda: sandbox.open_connections == 0)
        going_on.set()
    assert [record.to for record in sandbox.received] == ["b@x.example"]


async def test_what_was_taken_is_recorded_though_the_engines_clock_cannot_be_read(client: httpx.AsyncClient) -> None:
    async def stopped() -> datetime:
        raise ConnectionError("the database is down")

    async with Sandbox(None, stopped, Behaviour(), secret=SECRET) as sandbox:
        assert (await post_sms(client, sandbox, "a")).status_code == 200
        assert [record.key for record in sandbox.received] == ["a"]


async def test_the_clock_is_read_after_the_question_and_once_for_many(client: httpx.AsyncClient) -> None:
    reads = 0

    async def counting() -> datetime:
        nonlocal reads
        reads += 1
        at = START + timedelta(seconds=reads)
        await asyncio.sleep(0.05)
        return at

    async with Sandbox(None, counting, Behaviour(), secret=SECRET) as sandbox:
        await asyncio.gather(*(post_sms(client, sandbox, str(number)) for number in range(50)))
        assert len(sandbox.received) == 50
        assert reads < 10
        before = reads
        await post_sms(client, sandbox, "later")
        assert sandbox.received[-1].engine_at > START + timedelta(seconds=before)


async def test_running_freely_it_posts_by_itself(client: httpx.AsyncClient, clock: EngineClock) -> None:
    async with Sandbox(None, clock, Behaviour(), secret=SECRET) as hooks:  # its control stands in for the API
        url = f"{hooks.http_url}/_tick?"
        async with Sandbox(None, clock, Behaviour(), hooks_url=url, secret=SECRET, free_running=True) as sandbox:
            await post_sms(client, sandbox, "a")
            assert sandbox.next_receipt_at() is not None
            clock.at += timedelta(days=1)
            assert await until(lambda: sandbox.next_receipt_at() is None)


async def test_the_controls_tell_when_to_step_the_clock(
    client: httpx.AsyncClient, sandbox: Sandbox, clock: EngineClock
) -> None:
    next_url, tick_url = f"{sandbox.http_url}/_next", f"{sandbox.http_url}/_tick"
    assert (await client.get(next_url)).json() == {"next_receipt_at": None}
    await post_sms(client, sandbox, "a")
    due = sandbox.next_receipt_at()
    assert due is not None
    assert (await client.get(next_url)).json() == {"next_receipt_at": due.isoformat()}
    async with Sandbox(None, clock, Behaviour(), secret=SECRET) as hooks:  # its control stands in for the API
        sandbox.receipts.hooks_url = f"{hooks.http_url}/_tick?"
        clock.at = due - timedelta(microseconds=1)
        assert (await client.post(tick_url)).json() == {"posted": 0}
        clock.at = due
        assert (await client.post(tick_url)).json() == {"posted": 1}
    assert (await client.get(next_url)).json() == {"next_receipt_at": None}
