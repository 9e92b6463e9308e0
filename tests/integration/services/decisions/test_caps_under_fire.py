"""91 senders want to write to one customer a thousand times at once, through 32 workers. The cap holds exactly."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.project import Project, Sender
from kaskad.services.decisions import runner
from kaskad.storage.database import Database
from tests.support.delivering import Worker, worker
from tests.support.rules import Edit, event_journey, with_journeys
from tests.support.stack import OpenStack, Stack, running_stack

pytestmark = pytest.mark.anyio
WORKERS, SENDERS, MESSAGES = 32, 91, 1_000
# (journey, its topic, its priority): all are let in by the same purchases, half of them each
JOURNEYS = (("ask", "service", 60), ("offer", "carts", 50))
BY_PUSH = {"channels": [{"channel": "push"}]}


def journeys() -> list[object]:
    return [
        event_journey(
            name,
            "order_completed",
            topic=topic,
            priority=priority,
            sender="event.place",
            cascade=BY_PUSH,
            enter={"once_per": "order"},
        )
        for name, topic, priority in JOURNEYS
    ]


def franchised(*caps: Cap) -> Edit:
    """The shop of many brands: each of them is a sender."""

    def edit(project: Project) -> Project:
        brands = {name: Sender(name=name) for name in (f"brand-{number}" for number in range(SENDERS))}
        edited = with_journeys(*journeys(), caps=caps)(project)
        return edited.model_copy(update={"senders": {**edited.senders, **brands}})

    return edit


@asynccontextmanager
async def shop(database_url: str, folder: Path, *caps: Cap) -> AsyncIterator[Stack]:
    """One customer, to whom everything is due now."""
    async with running_stack(database_url, folder, edit=franchised(*caps)) as stack:
        await stack.person("kolya", "push")
        orders = [{"order_id": f"o{n}", "place": f"brand-{n % SENDERS}", "total": 900} for n in range(MESSAGES // 2)]
        call = {"type": "track", "event": "Order Completed"}
        await stack.post(
            "site", [stack.call(call | {"properties": order}, "kolya", order["order_id"], None) for order in orders]
        )
        yield stack


async def work(stack: Stack) -> Counter[str]:
    """What 32 workers made of it, each with connections of its own: the calls of each journey."""
    async with AsyncExitStack() as cleanup:
        workers = []
        for _ in range(WORKERS):
            database = Database(stack.runtime.database.url, pool_size=1)
            cleanup.push_async_callback(database.close)
            workers.append(worker(stack, database=database))
        before = len(stack.sandbox.received)
        await asyncio.gather(*map(_until_nothing_is_due, workers))
        calls = stack.sandbox.received[before:]
    rows = await stack.rows("SELECT id, journey FROM message")
    journey_of = {str(row["id"]): row["journey"] for row in rows}
    return Counter(journey_of[call.key] for call in calls)


async def _until_nothing_is_due(worker: Worker) -> None:
    idle = 0
    while idle < 3:
        busy = False
        for name, _, _ in JOURNEYS:
            decided = await runner.decide_batch(worker, name, limit=50)
            done = await worker.deliver(Channel.PUSH, name, limit=5)
            busy |= bool(decided.people or decided.busy or done.claimed)
        idle = 0 if busy else idle + 1
        await asyncio.sleep(0.01)


async def test_so_many_a_day_and_as_many_the_next(database_url: str, tmp_path: Path) -> None:
    cap = Cap(at_most=7, per="day")
    async with shop(database_url, tmp_path, cap) as stack:
        assert (await stack.rows("SELECT count(*) AS due FROM enrollment"))[0]["due"] == MESSAGES
        assert (await work(stack)).total() == 7
        await stack.at(timedelta(days=1))
        assert (await work(stack)).total() == 7


async def test_so_many_about_one_topic_and_so_many_in_all(database_url: str, tmp_path: Path) -> None:
    """The topic's cap drops what is too much; the rest of the day is left to the other journey."""
    topic = Cap(at_most=2, per="week", topic="service", over="skip")
    async with shop(database_url, tmp_path, topic, Cap(at_most=5, per="day")) as stack:
        assert await work(stack) == {"ask": 2, "offer": 3}
        await stack.at(timedelta(days=1))
        assert await work(stack) == {"offer": 5}


async def test_so_many_of_each_sender(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path, Cap(at_most=1, per="day", each="sender")) as stack:
        assert (await work(stack)).total() == SENDERS
        rows = await stack.rows("SELECT sender, count(*) AS sent FROM message WHERE status = 'sent' GROUP BY sender")
        assert {row["sent"] for row in rows} == {1}


@pytest.mark.parametrize(
    "cap",
    [
        Cap(at_most=1, per="day"),
        Cap(at_most=1, per="week", topic="service"),
        Cap(at_most=1, per="week", over="skip"),
        Cap.model_validate({"at_most": 1, "per": "day", "across": "senders"}),  # as it was published once
    ],
    ids=["a day", "a topic", "a week", "published long ago"],
)
async def test_one_of_ninety_one_senders_writes_by_viber_in_a_minute(cap: Cap, open_stack: OpenStack) -> None:
    by_viber = {"cascade": {"channels": [{"channel": "viber"}]}, "enter": {"once_per": "order"}}
    ask = event_journey("ask", "order_completed", topic="service", sender="event.place", **by_viber)
    edit = franchised(cap)
    stack = await open_stack(edit=lambda shop: edit(shop).model_copy(update={"journeys": {"ask": ask}}))
    await stack.person("kolya", "viber")
    for number in range(SENDERS):
        await stack.track("kolya", "order_completed", order_id=f"o{number}", place=f"brand-{number}", total=900)
    await stack.at(timedelta(minutes=1))
    await stack.run("ask")
    assert [channel for channel, _ in stack.sent()] == ["viber"]
