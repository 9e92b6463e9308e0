"""Who enters, and when: the last trigger before the quiet time ended, whatever else happens in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.services.decisions import runner
from kaskad.services.ingestion import ingest, segment_events
from tests.support.rules import HOUR, compare, enrollments, event_journey, statuses, wait, with_journeys
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
CALL = event_journey("call", "app_opened", enter={"quiet_for": HOUR}, leave=[{"when": "order_completed"}])


async def one(home: Stack, journey: str = "call") -> dict[str, Any]:
    """The journey's only enrollment."""
    (row,) = await enrollments(home, journey)
    return row


async def heap_updates(home: Stack) -> tuple[int, int]:
    """How many rows of `enrollment` were updated, and how many of them where they lie (HOT)."""
    await home.rows("SELECT pg_stat_force_next_flush()")
    (row,) = await home.rows(
        """SELECT pg_stat_get_tuples_updated(c.oid) AS updated, pg_stat_get_tuples_hot_updated(c.oid) AS hot
             FROM pg_class c WHERE c.relname = 'enrollment'"""
    )
    return row["updated"], row["hot"]


async def test_a_quiet_day_is_as_long_as_the_clock_of_the_customer_says(database_url: str, tmp_path: Path) -> None:
    """Spring comes to Berlin in the night: the day has 23 hours, and noon is noon."""
    day = event_journey("day", "app_opened", enter={"quiet_for": {"days": 1}})
    async with stack(database_url, tmp_path, edit=with_journeys(day)) as home:
        await home.person("anna", "email", timezone="Europe/Berlin")
        before = datetime(2027, 3, 27, 11, tzinfo=UTC)
        await home.at(before)
        await home.track("anna", "app_opened")
        for hours, status in ((22, "candidate"), (23, "active")):
            await home.at(before + timedelta(hours=hours))
            await runner.decide_batch(home.runtime, "day")
            assert (await one(home, "day"))["status"] == status, hours
        assert (await one(home, "day"))["step_since"] == before + timedelta(hours=23)


async def test_each_further_trigger_starts_the_quiet_time_again(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        for minutes in (20, 40):
            await home.at(NOON + minutes * MINUTE)
            await home.track("anna", "app_opened", version=str(minutes))
        await home.at(NOON + 61 * MINUTE)
        done = await runner.decide_batch(home.runtime, "call")
        assert (done.decided, done.entered) == (1, 0)
        row = await one(home)
        assert (row["status"], row["entered_at"], row["due_at"]) == (
            "candidate",
            NOON + 40 * MINUTE,
            NOON + 100 * MINUTE,
        )
        await home.at(NOON + 130 * MINUTE)
        assert (await runner.decide_batch(home.runtime, "call")).entered == 1
        row = await one(home)
        assert row["entered_at"] == NOON + 40 * MINUTE, "the last trigger, and not the admission"
        assert row["step_since"] == NOON + 100 * MINUTE, "the quiet time ended, whenever somebody came to decide"
        assert row["entry"] == {"version": "40"}


async def test_entered_at_is_not_the_moment_of_admission(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.at(NOON + 20 * MINUTE)
        await home.track("anna", "order_completed", order_id="o1")
        await home.at(NOON + 300 * MINUTE)  # nobody was there to decide in time
        await home.run("call")
        row = await one(home)
        assert (row["status"], row["left_by"], row["entered_at"]) == ("left", "order_completed", NOON)


async def test_a_further_trigger_leaves_due_at_and_the_row_where_they_are(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        await home.track("anna", "app_opened")
        due = (await one(home))["due_at"]
        before = await heap_updates(home)
        for minutes in range(1, 6):
            await home.at(NOON + minutes * MINUTE)
            await home.track("anna", "app_opened")
        after = await heap_updates(home)
        row = await one(home)
        assert row["last_trigger_at"] == NOON + 5 * MINUTE
        assert row["due_at"] == due == NOON + 60 * MINUTE
        assert after[0] - before[0] == after[1] - before[1] == 5, "an index was written for a further trigger"


async def test_the_quiet_time_is_that_of_the_first_pause(database_url: str, tmp_path: Path) -> None:
    """Decided late: what came after the pause is no trigger of this entry."""
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        await home.person("anna", "email")
        for minutes in (0, 30, 95, 120):
            await home.at(NOON + minutes * MINUTE)
            await home.track("anna", "app_opened")
        await home.at(NOON + 121 * MINUTE)
        assert (await runner.decide_batch(home.runtime, "call")).entered == 1
        assert (await one(home))["entered_at"] == NOON + 30 * MINUTE


async def test_a_trigger_of_yesterday_is_a_fact_and_lets_nobody_in(database_url: str, tmp_path: Path) -> None:
    bought = event_journey("bought", "signed_up", enter={"if": [{"kind": "did", "event": "app_opened"}]})
    async with stack(database_url, tmp_path, edit=with_journeys(CALL, bought)) as home:
        day = timedelta(hours=24)
        await home.identify("anna", at=NOON - day - MINUTE, city="Omsk")
        await home.track("anna", "app_opened", at=NOON - day - MINUTE)
        await home.track("anna", "product_added", cart_id="k1", product_id="p", price=5, at=NOON - day - MINUTE)
        assert await enrollments(home, "call") == []
        (known,) = await home.rows("SELECT c.attributes, k.total FROM customer c JOIN cart k ON k.customer_id = c.id")
        assert (known["attributes"]["city"], known["total"]) == ("Omsk", 5)
        await home.track("anna", "signed_up")
        await home.run("bought")
        assert await statuses(home, "bought") == ["done"], "it happened, however late we heard"
        await home.track("boris", "app_opened", at=NOON - day)
        assert await statuses(home, "call") == ["candidate"], "a day old is not older than a day"


async def test_nothing_has_happened_later_than_now(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        await home.track("anna", "app_opened", at=NOON + timedelta(days=400))
        (event,) = await home.rows("SELECT occurred_at, received_at FROM event")
        assert event == {"occurred_at": NOON, "received_at": NOON}
        assert (await one(home))["entered_at"] == NOON


async def test_skew_is_what_the_machines_clock_says(database_url: str, tmp_path: Path) -> None:
    """A device whose clock is three hours slow: `sentAt` against the machine's time, whatever the engine's is."""
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        machine = datetime(2026, 1, 1, tzinfo=UTC)
        slow = timedelta(hours=3)
        call = home.call({"type": "track", "event": "app_opened"}, "anna", "m1", NOON - slow - 5 * MINUTE)
        events = segment_events.read_batch(
            {"batch": [call], "sentAt": (machine - slow).isoformat()}, machine, home.project
        )
        await ingest.ingest(home.runtime, "site", events)
        (event,) = await home.rows("SELECT occurred_at FROM event")
        assert event["occurred_at"] == NOON - 5 * MINUTE


async def test_where_about_the_event_keeps_its_trigger_out(database_url: str, tmp_path: Path) -> None:
    dear = [compare("event.price", "at_least", 1000, "money")]
    picky = event_journey("picky", "product_viewed", enter={"quiet_for": HOUR, "where": dear}, steps=[wait(60)])
    async with stack(database_url, tmp_path, edit=with_journeys(picky)) as home:
        await home.track("anna", "product_viewed", product_id="a", price="999.99")
        await home.track("anna", "product_viewed", product_id="b", price="dear")
        assert await enrollments(home, "picky") == [], "what is not known to hold lets nobody in"
        for product, price in (("c", "1000"), ("d", 2000), ("e", 1)):
            await home.track("anna", "product_viewed", product_id=product, price=price)
            await home.at(20 * MINUTE)
        await home.at(20 * MINUTE)
        assert (await runner.decide_batch(home.runtime, "picky")).entered == 1, "a cheap one is no trigger"
        assert (await one(home, "picky"))["entry"]["product_id"] == "d"
