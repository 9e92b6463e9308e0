"""What cannot be said to one customer hurts nobody else; and micro-batches stay as small as the channel is."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from kaskad.domain.channel import Channel, OutboundMessage
from kaskad.domain.journeys.project import Project
from kaskad.services.explaining.explain import explain
from tests.support.delivering import CART, everybody, leave_carts, pushing, queue, soon, statuses, watched, worker
from tests.support.stack import OpenStack

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


async def test_a_template_error_holds_that_message_and_says_why(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.rows(BROKEN)  # the push's title; Viber says it otherwise
    await queue(stack, "kolya", "tolya", channels=("push", "viber"))
    await stack.rows(ADDRESSED)
    done = await worker(stack).deliver()
    assert (done.outcomes, done.held) == ({"sent": 1}, {"template_error": 1})
    assert [record.fields["title"] for record in stack.reached] == ["Tolik"]
    (note,) = await stack.rows("SELECT facts->>'detail' AS detail FROM decision WHERE reason = 'template_error'")
    assert note["detail"].startswith("cart_reminder/push.ru.yaml, title: ")
    assert "nickname" in note["detail"]
    await stack.run(CART)
    assert stack.sent() == [("push", "push-tolya")]
    assert sorted(await statuses(stack)) == [("push", "held", "template_error"), ("push", "sent", None)]


STRANGE = """
UPDATE cart SET items = jsonb_set(jsonb_set(items, '{0,url}', '" JavaScript:alert(1)"'),
                                  '{0,image}', '"data:image/png,a"')"""


async def test_a_strange_link_of_an_event_is_not_sent_and_told(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=("email",))
    await stack.rows(STRANGE)
    done = await worker(stack).deliver(channel=Channel.EMAIL)
    assert done.outcomes == {"sent": 1}
    (record,) = stack.reached
    assert "javascript" not in str(record.fields).lower() and "data:" not in str(record.fields)
    explained = await explain(stack.runtime, "kolya", CART)
    said = " ".join(line.text for passage in explained.passages for line in passage.lines)
    assert "' JavaScript:alert(1)' is no address of the web: the link leads to the shop" in said
    assert "'data:image/png,a' is no address of the web: the picture is left out" in said


async def test_a_huge_name_makes_no_huge_sms(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.rows(NAMED)
    await leave_carts(stack, "kolya", "tolya", channels=("sms",))
    await stack.rows("DELETE FROM contact WHERE channel = 'viber'")
    await stack.decide(CART)
    await stack.rows(HUGE)
    done = await worker(stack).deliver(channel=Channel.SMS)
    assert (done.outcomes, done.held) == ({"sent": 1}, {"template_error": 1})
    (note,) = await stack.rows("SELECT facts->>'detail' AS detail FROM decision WHERE reason = 'template_error'")
    assert note["detail"].endswith("segments, and at_most: 4")
    (set_aside,) = await stack.rows("SELECT faults, status FROM enrollment WHERE faults > 0")
    assert set_aside == {"faults": 1, "status": "active"}


def _whatever_is_in_stock(project: Project) -> Project:
    project = everybody(project)
    cart = project.journeys[CART].model_copy(update={"only_while": ()})
    return project.model_copy(update={"journeys": {**project.journeys, CART: cart}})


async def test_with_too_little_to_show_nothing_goes(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=_whatever_is_in_stock)
    await queue(stack, "kolya", "tolya")
    await stack.rows("UPDATE cart SET items = '[]' WHERE customer_id = (SELECT min(customer_id) FROM message)")
    done = await worker(stack).deliver()
    assert (done.outcomes, done.held) == ({"sent": 1}, {"missing_data": 1})
    (note,) = await stack.rows("SELECT facts->>'detail' AS detail FROM decision WHERE reason = 'missing_data'")
    assert note["detail"] == "products needs 1 of cart.items, there are 0"
    await stack.run(CART)
    assert Counter(status for _, status, _ in await statuses(stack)) == {"sent": 1, "dropped": 1}


async def test_never_more_are_being_sent_than_the_channel_takes_at_once(open_stack: OpenStack) -> None:
    users = [f"n{number}" for number in range(11)]
    stack = await open_stack(edit=pushing(concurrency=4))
    seen: list[tuple[int, int]] = []
    at_once = 0

    async def count(_: OutboundMessage) -> None:
        nonlocal at_once
        at_once += 1
        (row,) = await stack.rows("SELECT count(*) FROM message WHERE status = 'sending'")
        seen.append((row["count"], at_once))

    async def leave(_: OutboundMessage) -> None:
        nonlocal at_once
        at_once -= 1

    await queue(stack, *users)
    await worker(stack, watched(stack, before=count, after=leave)).deliver()
    assert Counter(sending for sending, _ in seen) == {4: 8, 3: 3}
    assert max(here for _, here in seen) == 4


async def test_a_slow_channel_begins_no_more_than_two_seconds_of_its_rate(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=pushing(rate=1))
    await queue(stack, "a", "b", "c", "d", "e")
    begun: list[int] = []
    called = asyncio.Event()

    async def count(_: OutboundMessage) -> None:
        begun.append(len(await stack.rows("SELECT id FROM message WHERE status = 'sending'")))
        called.set()

    delivering = asyncio.create_task(worker(stack, watched(stack, before=count)).deliver())
    await soon(called.wait())
    delivering.cancel()
    await asyncio.wait([delivering])
    assert begun == [2]


def _as_often_as_it_happens(project: Project) -> Project:
    project = everybody(project)
    cart = project.journeys[CART]
    enter = cart.enter.model_copy(update={"again_after": "always"})
    return project.model_copy(update={"journeys": {**project.journeys, CART: cart.model_copy(update={"enter": enter})}})


async def test_two_messages_of_one_customer_do_not_wait_for_each_other(open_stack: OpenStack) -> None:
    """Both carts are in one micro-batch, under one lock."""
    stack = await open_stack(edit=_as_often_as_it_happens)
    await stack.cart("kolya", cart="k2")
    await leave_carts(stack, "kolya")
    await stack.decide(CART)
    done = await soon(worker(stack).deliver(), 2)
    assert (done.claimed, done.outcomes) == (2, {"sent": 2})
