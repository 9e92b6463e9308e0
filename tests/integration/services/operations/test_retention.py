"""What is kept long enough goes; what somebody still needs stays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kaskad.services.operations import retention
from kaskad.storage.growth.retention import delete_enrollments
from tests.support.past_months import without_months
from tests.support.rules import CARTS, enrollments, event_journey, messages, send, statuses, wait, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
LETTER = event_journey("letter", "app_opened")
ONCE = event_journey("once", "app_opened", enter={"again_after": "never"})
LONG = event_journey(
    "long",
    "app_opened",
    steps=[send("how_was_it"), wait(500 * 86_400), send("how_was_it", name="again")],
    leave=[{"when": "order_completed"}],
)
EVENTS, MESSAGES, DECISIONS = "event", "message", "decision"


async def written_to(stack: Stack, journey: str, user: str = "anna") -> None:
    """Somebody enters the journey and is written to."""
    await stack.person(user, "email")
    await stack.track(user, "app_opened")
    await stack.run(journey)


async def tidied(stack: Stack, after: timedelta) -> retention.RetentionResult:
    """What retention lets go so much later."""
    await stack.at(NOON + after)
    await retention.create_partitions(stack.runtime)
    return await retention.delete_expired(stack.runtime)


async def count(stack: Stack, table: str) -> int:
    (row,) = await stack.rows(f"SELECT count(*) AS n FROM {table}")
    found: int = row["n"]
    return found


async def test_each_kind_goes_in_its_time(open_stack: OpenStack) -> None:
    march = (date(2027, 3, 1),)
    stack = await open_stack(edit=with_journeys(LETTER))
    await without_months(stack)
    await written_to(stack, "letter")
    seen = await count(stack, "event_seen")
    early = await tidied(stack, 13 * DAY)
    assert (early.repeats, early.enrollments, any(early.months.values())) == (0, 0, False)
    assert (await tidied(stack, 15 * DAY)).repeats == seen
    assert march not in (await tidied(stack, 200 * DAY)).months.values(), "the month has to be over for as long"
    later = await tidied(stack, 215 * DAY)
    assert (later.months[DECISIONS], later.months[EVENTS], later.months[MESSAGES]) == (march, (), ())
    last = await tidied(stack, 440 * DAY)
    assert last.enrollments == 1
    assert march[0] in last.months[EVENTS]
    assert march[0] in last.months[MESSAGES]
    assert [await count(stack, table) for table in (EVENTS, MESSAGES, DECISIONS, "enrollment")] == [0] * 4
    assert await count(stack, "consent") > 0


async def test_nothing_goes_that_somebody_inside_needs(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LONG))
    await without_months(stack)
    await written_to(stack, "long")
    await stack.rows("UPDATE enrollment SET due_at = due_at + interval '2 years'")  # nobody comes by meanwhile
    await stack.at(NOON + DAY)
    await stack.track("anna", "order_completed")
    gone = await tidied(stack, 440 * DAY)
    assert (gone.months[EVENTS], gone.months[MESSAGES], gone.enrollments) == ((), (), 0)
    assert gone.needed == {EVENTS: (date(2027, 3, 1),), MESSAGES: (date(2027, 3, 1),), DECISIONS: ()}
    await stack.rows("UPDATE enrollment SET due_at = %(now)s", now=stack.now)
    await stack.run("long")
    assert await statuses(stack, "long") == ["left"], "the purchase of last year is found"
    assert len(stack.sent()) == 1
    assert (await tidied(stack, 441 * DAY)).months[EVENTS] == (date(2027, 3, 1),)
    assert await count(stack, MESSAGES) == 1, "it ended yesterday"


async def test_never_again_is_never_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(ONCE))
    await without_months(stack)
    await written_to(stack, "once")
    await stack.person("boris", "email", consent=False)
    await stack.track("boris", "app_opened")
    await stack.run("once")
    assert await statuses(stack, "once") == ["done", "done"]
    gone = await tidied(stack, 440 * DAY)
    assert gone.enrollments == 2
    for user in ("anna", "boris"):
        await stack.track(user, "app_opened")
    await stack.run("once")
    assert [row["reason"] for row in await enrollments(stack, "once")] == ["again_too_soon", "finished"]
    assert len(stack.sent()) == 1


async def test_whoever_was_never_written_to_may_come_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(ONCE))
    await without_months(stack)
    await written_to(stack, "once")
    await stack.rows("UPDATE message SET status = 'failed'")
    assert (await tidied(stack, 440 * DAY)).enrollments == 1
    assert await count(stack, "past_entry") == 0


async def test_ended_ones_go_in_portions_and_the_rest_is_looked_at_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await without_months(stack)
    for user in ("anna", "boris", "clara"):
        await written_to(stack, "letter", user)
    await stack.rows("UPDATE enrollment SET ended_at = NULL, status = 'active' WHERE id = 2")
    before, last, gone = NOON + 10 * DAY, 0, []
    for _ in range(4):
        async with stack.runtime.database.transaction() as connection:
            done = await delete_enrollments(connection, before, last, limit=1)
        gone.append(done.gone)
        last = done.last
    assert (gone, done.over) == ([1, 0, 1, 0], True)
    assert [row["id"] for row in await enrollments(stack, "letter")] == [2]


async def test_an_event_counts_once_for_as_long_as_its_repeats_are_known(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await without_months(stack)
    await stack.stock("pepperoni", 5)
    add = {"cart_id": "k1", "product_id": "pepperoni", "price": 1500, "quantity": 1, "message_id": "m1", "at": NOON}
    await stack.track("anna", "Product Added", **add)
    await tidied(stack, 13 * DAY)
    await stack.track("anna", "Product Added", **add)
    assert await count(stack, EVENTS) == 3, "the stock, what was added, and that the cart changed"
    await tidied(stack, 15 * DAY)
    await stack.track("anna", "Product Added", **add | {"message_id": "m2"})
    raised = await stack.rows("SELECT message_id FROM event WHERE name = 'cart_updated' ORDER BY message_id")
    assert [row["message_id"] for row in raised] == ["m1#cart", "m2#cart"], "what was raised is not raised again"
    await stack.track("anna", "Product Added", **add)
    (repeats,) = await stack.rows("SELECT count(*) AS n FROM event WHERE message_id = 'm1'")
    assert repeats["n"] == 2, "later than that it is taken for new"
    assert await messages(stack) == []
