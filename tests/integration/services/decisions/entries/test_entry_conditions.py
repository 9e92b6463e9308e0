"""Who enters, and when: the last trigger before the quiet time ended, whatever else happens in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaskad.services.decisions import runner
from kaskad.services.ingestion import ingest, segment_events
from tests.support.rules import HOUR, compare, enrollments, event_journey, statuses, wait, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
CALL = event_journey("call", "app_opened", enter={"quiet_for": HOUR}, leave=[{"when": "order_completed"}])


async def only_enrollment(stack: Stack, journey: str = "call") -> dict[str, Any]:
    """The journey's only enrollment."""
    (row,) = await enrollments(stack, journey)
    return row


async def heap_updates(stack: Stack) -> tuple[int, int]:
    """How many rows of `enrollment` were updated, and how many of them where they lie (HOT)."""
    await stack.rows("SELECT pg_stat_force_next_flush()")
    (row,) = await stack.rows(
        """SELECT pg_stat_get_tuples_updated(c.oid) AS updated, pg_stat_get_tuples_hot_updated(c.oid) AS hot
             FROM pg_class c WHERE c.relname = 'enrollment'"""
    )
    return row["updated"], row["hot"]


async def test_a_quiet_day_is_as_long_as_the_clock_of_the_customer_says(open_stack: OpenStack) -> None:
    """Spring comes to Berlin in the night: the day has 23 hours, and noon is noon."""
    day = event_journey("day", "app_opened", enter={"quiet_for": {"days": 1}})
    stack = await open_stack(edit=with_journeys(day))
    await stack.person("anna", "email", timezone="Europe/Berlin")
    before = datetime(2027, 3, 27, 11, tzinfo=UTC)
    await stack.at(before)
    await stack.track("anna", "app_opened")
    for hours, status in ((22, "candidate"), (23, "active")):
        await stack.at(before + timedelta(hours=hours))
        await runner.decide_batch(stack.runtime, "day")
        assert (await only_enrollment(stack, "day"))["status"] == status, hours
    assert (await only_enrollment(stack, "day"))["step_since"] == before + timedelta(hours=23)


async def test_each_further_trigger_starts_the_quiet_time_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    for minutes in (20, 40):
        await stack.at(NOON + minutes * MINUTE)
        await stack.track("anna", "app_opened", version=str(minutes))
    await stack.at(NOON + 61 * MINUTE)
    done = await runner.decide_batch(stack.runtime, "call")
    assert (done.decided, done.entered) == (1, 0)
    row = await only_enrollment(stack)
    assert (row["status"], row["entered_at"], row["due_at"]) == (
        "candidate",
        NOON + 40 * MINUTE,
        NOON + 100 * MINUTE,
    )
    await stack.at(NOON + 130 * MINUTE)
    assert (await runner.decide_batch(stack.runtime, "call")).entered == 1
    row = await only_enrollment(stack)
    assert row["entered_at"] == NOON + 40 * MINUTE, "the last trigger, and not the admission"
    assert row["step_since"] == NOON + 100 * MINUTE, "the quiet time ended, whenever somebody came to decide"
    assert row["entry"] == {"version": "40"}


async def test_entered_at_is_not_the_moment_of_admission(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.at(NOON + 20 * MINUTE)
    await stack.track("anna", "order_completed", order_id="o1")
    await stack.at(NOON + 300 * MINUTE)  # nobody was there to decide in time
    await stack.run("call")
    row = await only_enrollment(stack)
    assert (row["status"], row["left_by"], row["entered_at"]) == ("left", "order_completed", NOON)


async def test_a_further_trigger_leaves_due_at_and_the_row_where_they_are(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.track("anna", "app_opened")
    due = (await only_enrollment(stack))["due_at"]
    before = await heap_updates(stack)
    for minutes in range(1, 6):
        await stack.at(NOON + minutes * MINUTE)
        await stack.track("anna", "app_opened")
    after = await heap_updates(stack)
    row = await only_enrollment(stack)
    assert row["last_trigger_at"] == NOON + 5 * MINUTE
    assert row["due_at"] == due == NOON + 60 * MINUTE
    assert after[0] - before[0] == after[1] - before[1] == 5, "an index was written for a further trigger"


async def test_the_quiet_time_is_that_of_the_first_pause(open_stack: OpenStack) -> None:
    """Decided late: what came after the pause is no trigger of this entry."""
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.person("anna", "email")
    for minutes in (0, 30, 95, 120):
        await stack.at(NOON + minutes * MINUTE)
        await stack.track("anna", "app_opened")
    await stack.at(NOON + 121 * MINUTE)
    assert (await runner.decide_batch(stack.runtime, "call")).entered == 1
    assert (await only_enrollment(stack))["entered_at"] == NOON + 30 * MINUTE


async def test_a_trigger_of_yesterday_is_a_fact_and_lets_nobody_in(open_stack: OpenStack) -> None:
    bought = event_journey("bought", "signed_up", enter={"if": [{"kind": "did", "event": "app_opened"}]})
    stack = await open_stack(edit=with_journeys(CALL, bought))
    day = timedelta(hours=24)
    await stack.identify("anna", at=NOON - day - MINUTE, city="Omsk")
    await stack.track("anna", "app_opened", at=NOON - day - MINUTE)
    await stack.track("anna", "product_added", cart_id="k1", product_id="p", price=5, at=NOON - day - MINUTE)
    assert await enrollments(stack, "call") == []
    (known,) = await stack.rows("SELECT c.attributes, k.total FROM customer c JOIN cart k ON k.customer_id = c.id")
    assert (known["attributes"]["city"], known["total"]) == ("Omsk", 5)
    await stack.track("anna", "signed_up")
    await stack.run("bought")
    assert await statuses(stack, "bought") == ["done"], "it happened, however late we heard"
    await stack.track("boris", "app_opened", at=NOON - day)
    assert await statuses(stack, "call") == ["candidate"], "a day old is not older than a day"


async def test_nothing_has_happened_later_than_now(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.track("anna", "app_opened", at=NOON + timedelta(days=400))
    (event,) = await stack.rows("SELECT occurred_at, received_at FROM event")
    assert event == {"occurred_at": NOON, "received_at": NOON}
    assert (await only_enrollment(stack))["entered_at"] == NOON


async def test_skew_is_what_the_machines_clock_says(open_stack: OpenStack) -> None:
    """A device whose clock is three hours slow: `sentAt` against the machine's time, whatever the engine's is."""
    stack = await open_stack(edit=with_journeys(CALL))
    machine = datetime(2026, 1, 1, tzinfo=UTC)
    slow = timedelta(hours=3)
    call = stack.call({"type": "track", "event": "app_opened"}, "anna", "m1", NOON - slow - 5 * MINUTE)
    events = segment_events.read_batch(
        {"batch": [call], "sentAt": (machine - slow).isoformat()}, machine, stack.project
    )
    await ingest.ingest(stack.runtime, "site", events)
    (event,) = await stack.rows("SELECT occurred_at FROM event")
    assert event["occurred_at"] == NOON - 5 * MINUTE


async def test_where_about_the_event_keeps_its_trigger_out(open_stack: OpenStack) -> None:
    dear = [compare("event.price", "at_least", 1000, "money")]
    picky = event_journey("picky", "product_viewed", enter={"quiet_for": HOUR, "where": dear}, steps=[wait(60)])
    stack = await open_stack(edit=with_journeys(picky))
    await stack.track("anna", "product_viewed", product_id="a", price="999.99")
    await stack.track("anna", "product_viewed", product_id="b", price="dear")
    assert await enrollments(stack, "picky") == [], "what is not known to hold lets nobody in"
    for product, price in (("c", "1000"), ("d", 2000), ("e", 1)):
        await stack.track("anna", "product_viewed", product_id=product, price=price)
        await stack.at(20 * MINUTE)
    await stack.at(20 * MINUTE)
    assert (await runner.decide_batch(stack.runtime, "picky")).entered == 1, "a cheap one is no trigger"
    assert (await only_enrollment(stack, "picky"))["entry"]["product_id"] == "d"


async def test_an_earlier_trigger_that_comes_late_is_due_earlier(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.track("anna", "app_opened")
    await stack.track("anna", "app_opened", at=NOON - 90 * MINUTE)
    assert (await runner.decide_batch(stack.runtime, "call")).entered == 1
    (row,) = await enrollments(stack, "call")
    assert row["entered_at"] == NOON - 90 * MINUTE
