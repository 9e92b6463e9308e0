"""What cannot be said to one customer hurts nobody else; and micro-batches stay as small as the channel is."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel, OutboundMessage
from kaskad.domain.journeys.project import Project
from kaskad.services.explaining.explain import explain
from tests.support.delivering import CART, everybody, leave_carts, pushing, queue, soon, statuses, watched, worker
from tests.support.stack import stack

pytestmark = pytest.mark.anyio
BROKEN = """
UPDATE template SET compiled = replace(compiled::text, 'Корзина ждёт вас', '{{ customer.nickname }}')::jsonb
 WHERE name = 'cart_reminder'"""
ADDRESSED = """
UPDATE customer SET attributes = attributes || '{"nickname": "Tolik"}' WHERE attributes->>'first_name' = 'Tolya'"""

NAMED = """
UPDATE template SET compiled = replace(compiled::text, '{{ shop.name }}:', '{{ customer.first_name }}:')::jsonb
 WHERE name = 'cart_reminder'"""
HUGE = """
UPDATE customer SET attributes = attributes || jsonb_build_object('first_name', repeat('K', 30000))
 WHERE attributes->>'first_name' = 'Kolya'"""


async def test_a_template_error_holds_that_message_and_says_why(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.rows(BROKEN)  # the push's title; Viber says it otherwise
        await queue(home, "kolya", "tolya", channels=("push", "viber"))
        await home.rows(ADDRESSED)
        done = await worker(home).deliver()
        assert (done.outcomes, done.held) == ({"sent": 1}, {"template_error": 1})
        assert [record.fields["title"] for record in home.reached] == ["Tolik"]
        (note,) = await home.rows("SELECT facts->>'detail' AS detail FROM decision WHERE reason = 'template_error'")
        assert note["detail"].startswith("cart_reminder/push.ru.yaml, title: ")
        assert "nickname" in note["detail"]
        await home.run(CART)
        assert home.sent() == [("push", "push-tolya")]
        assert sorted(await statuses(home)) == [("push", "held", "template_error"), ("push", "sent", None)]


STRANGE = """
UPDATE cart SET items = jsonb_set(jsonb_set(items, '{0,url}', '" JavaScript:alert(1)"'),
                                  '{0,image}', '"data:image/png,a"')"""


async def test_a_strange_link_of_an_event_is_not_sent_and_told(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya", channels=("email",))
        await home.rows(STRANGE)
        done = await worker(home).deliver(channel=Channel.EMAIL)
        assert done.outcomes == {"sent": 1}
        (record,) = home.reached
        assert "javascript" not in str(record.fields).lower() and "data:" not in str(record.fields)
        told = await explain(home.runtime, "kolya", CART)
        said = " ".join(line.text for passage in told.passages for line in passage.lines)
        assert "' JavaScript:alert(1)' is no address of the web: the link leads to the shop" in said
        assert "'data:image/png,a' is no address of the web: the picture is left out" in said


async def test_a_huge_name_makes_no_huge_sms(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.rows(NAMED)
        await leave_carts(home, "kolya", "tolya", channels=("sms",))
        await home.rows("DELETE FROM contact WHERE channel = 'viber'")
        await home.decide(CART)
        await home.rows(HUGE)
        done = await worker(home).deliver(channel=Channel.SMS)
        assert (done.outcomes, done.held) == ({"sent": 1}, {"template_error": 1})
        (note,) = await home.rows("SELECT facts->>'detail' AS detail FROM decision WHERE reason = 'template_error'")
        assert note["detail"].endswith("segments, and at_most: 4")
        (set_aside,) = await home.rows("SELECT faults, status FROM enrollment WHERE faults > 0")
        assert set_aside == {"faults": 1, "status": "active"}


def _whatever_is_in_stock(project: Project) -> Project:
    project = everybody(project)
    cart = project.journeys[CART].model_copy(update={"only_while": ()})
    return project.model_copy(update={"journeys": {**project.journeys, CART: cart}})


async def test_with_too_little_to_show_nothing_goes(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=_whatever_is_in_stock) as home:
        await queue(home, "kolya", "tolya")
        await home.rows("UPDATE cart SET items = '[]' WHERE customer_id = (SELECT min(customer_id) FROM message)")
        done = await worker(home).deliver()
        assert (done.outcomes, done.held) == ({"sent": 1}, {"missing_data": 1})
        (note,) = await home.rows("SELECT facts->>'detail' AS detail FROM decision WHERE reason = 'missing_data'")
        assert note["detail"] == "products needs 1 of cart.items, there are 0"
        await home.run(CART)
        assert Counter(status for _, status, _ in await statuses(home)) == {"sent": 1, "dropped": 1}


async def test_never_more_are_being_sent_than_the_channel_takes_at_once(database_url: str, tmp_path: Path) -> None:
    users = [f"n{number}" for number in range(11)]
    async with stack(database_url, tmp_path, edit=pushing(concurrency=4)) as home:
        seen: list[tuple[int, int]] = []
        at_once = 0

        async def count(_: OutboundMessage) -> None:
            nonlocal at_once
            at_once += 1
            (row,) = await home.rows("SELECT count(*) FROM message WHERE status = 'sending'")
            seen.append((row["count"], at_once))

        async def leave(_: OutboundMessage) -> None:
            nonlocal at_once
            at_once -= 1

        await queue(home, *users)
        await worker(home, watched(home, before=count, after=leave)).deliver()
        assert Counter(sending for sending, _ in seen) == {4: 8, 3: 3}
        assert max(here for _, here in seen) == 4


async def test_a_slow_channel_begins_no_more_than_two_seconds_of_its_rate(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=pushing(rate=1)) as home:
        await queue(home, "a", "b", "c", "d", "e")
        begun: list[int] = []
        called = asyncio.Event()

        async def count(_: OutboundMessage) -> None:
            begun.append(len(await home.rows("SELECT id FROM message WHERE status = 'sending'")))
            called.set()

        delivering = asyncio.create_task(worker(home, watched(home, before=count)).deliver())
        await soon(called.wait())
        delivering.cancel()
        await asyncio.wait([delivering])
        assert begun == [2]


def _as_often_as_it_happens(project: Project) -> Project:
    project = everybody(project)
    cart = project.journeys[CART]
    enter = cart.enter.model_copy(update={"again_after": "always"})
    return project.model_copy(update={"journeys": {**project.journeys, CART: cart.model_copy(update={"enter": enter})}})


async def test_two_messages_of_one_customer_do_not_wait_for_each_other(database_url: str, tmp_path: Path) -> None:
    """Both carts are in one micro-batch, under one lock."""
    async with stack(database_url, tmp_path, edit=_as_often_as_it_happens) as home:
        await home.cart("kolya", cart="k2")
        await leave_carts(home, "kolya")
        await home.decide(CART)
        done = await soon(worker(home).deliver(), 2)
        assert (done.claimed, done.outcomes) == (2, {"sent": 2})
