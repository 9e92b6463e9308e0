"""What is kept long enough goes; what somebody still needs stays."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from kaskad.services.operations import retention
from kaskad.storage.retention import delete_enrollments
from tests.support.past_months import without_months
from tests.support.rules import CARTS, enrollments, event_journey, messages, send, statuses, wait, with_journeys
from tests.support.stack import NOON, Stack, stack

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


async def written_to(home: Stack, journey: str, user: str = "anna") -> None:
    """Somebody enters the journey and is written to."""
    await home.person(user, "email")
    await home.track(user, "app_opened")
    await home.run(journey)


async def tidied(home: Stack, after: timedelta) -> retention.RetentionResult:
    """What retention lets go so much later."""
    await home.at(NOON + after)
    await retention.create_partitions(home.runtime)
    return await retention.delete_expired(home.runtime)


async def count(home: Stack, table: str) -> int:
    (row,) = await home.rows(f"SELECT count(*) AS n FROM {table}")
    found: int = row["n"]
    return found


async def test_each_kind_goes_in_its_time(database_url: str, tmp_path: Path) -> None:
    march = (date(2027, 3, 1),)
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await without_months(home)
        await written_to(home, "letter")
        seen = await count(home, "event_seen")
        early = await tidied(home, 13 * DAY)
        assert (early.repeats, early.enrollments, any(early.months.values())) == (0, 0, False)
        assert (await tidied(home, 15 * DAY)).repeats == seen
        assert march not in (await tidied(home, 200 * DAY)).months.values(), "the month has to be over for as long"
        later = await tidied(home, 215 * DAY)
        assert (later.months[DECISIONS], later.months[EVENTS], later.months[MESSAGES]) == (march, (), ())
        last = await tidied(home, 440 * DAY)
        assert last.enrollments == 1
        assert march[0] in last.months[EVENTS]
        assert march[0] in last.months[MESSAGES]
        assert [await count(home, table) for table in (EVENTS, MESSAGES, DECISIONS, "enrollment")] == [0] * 4
        assert await count(home, "consent") > 0


async def test_nothing_goes_that_somebody_inside_needs(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LONG)) as home:
        await without_months(home)
        await written_to(home, "long")
        await home.rows("UPDATE enrollment SET due_at = due_at + interval '2 years'")  # nobody comes by meanwhile
        await home.at(NOON + DAY)
        await home.track("anna", "order_completed")
        gone = await tidied(home, 440 * DAY)
        assert (gone.months[EVENTS], gone.months[MESSAGES], gone.enrollments) == ((), (), 0)
        assert gone.needed == {EVENTS: (date(2027, 3, 1),), MESSAGES: (date(2027, 3, 1),), DECISIONS: ()}
        await home.rows("UPDATE enrollment SET due_at = %(now)s", now=home.now)
        await home.run("long")
        assert await statuses(home, "long") == ["left"], "the purchase of last year is found"
        assert len(home.sent()) == 1
        assert (await tidied(home, 441 * DAY)).months[EVENTS] == (date(2027, 3, 1),)
        assert await count(home, MESSAGES) == 1, "it ended yesterday"


async def test_never_again_is_never_again(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(ONCE)) as home:
        await without_months(home)
        await written_to(home, "once")
        await home.person("boris", "email", consent=False)
        await home.track("boris", "app_opened")
        await home.run("once")
        assert await statuses(home, "once") == ["done", "done"]
        gone = await tidied(home, 440 * DAY)
        assert gone.enrollments == 2
        for user in ("anna", "boris"):
            await home.track(user, "app_opened")
        await home.run("once")
        assert [row["reason"] for row in await enrollments(home, "once")] == ["again_too_soon", "finished"]
        assert len(home.sent()) == 1


async def test_whoever_was_never_written_to_may_come_again(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(ONCE)) as home:
        await without_months(home)
        await written_to(home, "once")
        await home.rows("UPDATE message SET status = 'failed'")
        assert (await tidied(home, 440 * DAY)).enrollments == 1
        assert await count(home, "past_entry") == 0


async def test_ended_ones_go_in_portions_and_the_rest_is_looked_at_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await without_months(home)
        for user in ("anna", "boris", "clara"):
            await written_to(home, "letter", user)
        await home.rows("UPDATE enrollment SET ended_at = NULL, status = 'active' WHERE id = 2")
        before, last, gone = NOON + 10 * DAY, 0, []
        for _ in range(4):
            async with home.runtime.database.transaction() as connection:
                done = await delete_enrollments(connection, before, last, limit=1)
            gone.append(done.gone)
            last = done.last
        assert (gone, done.over) == ([1, 0, 1, 0], True)
        assert [row["id"] for row in await enrollments(home, "letter")] == [2]


async def test_an_event_counts_once_for_as_long_as_its_repeats_are_known(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await without_months(home)
        await home.stock("pepperoni", 5)
        add = {"cart_id": "k1", "product_id": "pepperoni", "price": 1500, "quantity": 1, "message_id": "m1", "at": NOON}
        await home.track("anna", "Product Added", **add)
        await tidied(home, 13 * DAY)
        await home.track("anna", "Product Added", **add)
        assert await count(home, EVENTS) == 3, "the stock, what was added, and that the cart changed"
        await tidied(home, 15 * DAY)
        await home.track("anna", "Product Added", **add | {"message_id": "m2"})
        raised = await home.rows("SELECT message_id FROM event WHERE name = 'cart_updated' ORDER BY message_id")
        assert [row["message_id"] for row in raised] == ["m1#cart", "m2#cart"], "what was raised is not raised again"
        await home.track("anna", "Product Added", **add)
        (repeats,) = await home.rows("SELECT count(*) AS n FROM event WHERE message_id = 'm1'")
        assert repeats["n"] == 2, "later than that it is taken for new"
        assert await messages(home) == []
