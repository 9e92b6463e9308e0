"""`together`: several entries of one customer, one message; nobody is left out, and nothing is written twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.delivery import unknowns
from kaskad.services.delivery.rendering import build_entries
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from kaskad.storage.delivery import messages
from tests.support.rules import Edit, compare, enrollments, event_journey, published_anew, send, wait, with_journeys
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
THREE_DAYS = {"seconds": 3 * 86_400}
LEAVE = [{"when": "order_completed", "same": "product"}]
STEP = "send:how_was_it"


def refill(*after: dict[str, Any], **said: Any) -> Journey:
    """An hour after a product came, one message about all that came within three days."""
    steps = [wait(3600), send("how_was_it", together=THREE_DAYS), *after]
    enter = {"once_per": "product"} | said.pop("enter", {})
    return event_journey("refill", "order_delivered", steps=steps, enter=enter, leave=LEAVE, **said)


EDIT: Edit = with_journeys(refill())


async def came(home: Stack, *products: str, user: str = "anna") -> None:
    """These products were delivered now."""
    for product in products:
        await home.track(user, "order_delivered", product_id=product, order_id=f"o-{product}")


async def bought(home: Stack, product: str) -> None:
    """The customer orders it again, by themselves."""
    await home.track("anna", "order_completed", products=[{"product_id": product}])


async def merged(home: Stack) -> list[tuple[str, list[str], str]]:
    """(the entry that wrote, the others, status) of every message, by their products."""
    rows = await home.rows(
        """SELECT n.key, m.status,
                  array(SELECT o.key FROM enrollment o WHERE o.id = ANY(m.together) ORDER BY o.key) AS others
             FROM message m JOIN enrollment n ON n.id = m.enrollment_id ORDER BY m.decided_at, m.id"""
    )
    return [(row["key"], row["others"], row["status"]) for row in rows]


async def status(home: Stack) -> dict[str, tuple[str, str | None]]:
    """Each product's entry: its status and its step."""
    return {row["key"]: (row["status"], row["step"]) for row in await enrollments(home, "refill")}


async def until(home: Stack, moment: datetime) -> None:
    """Steps the clock there, to whatever falls due on the way, running the journey each time."""
    await home.run("refill")
    while home.now < moment:
        due = "SELECT min(due_at) AS at FROM enrollment WHERE status IN ('candidate', 'active') AND due_at > %(now)s"
        (row,) = await home.rows(due, now=home.now)
        await home.at(min(row["at"] or moment, moment))
        await home.run("refill")


async def test_entries_at_different_times_are_written_to_in_one_message(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await home.person("anna", "email")
        await came(home, "soap")
        await until(home, NOON + DAY)
        await came(home, "tea")
        window_ends = NOON + HOUR + 3 * DAY
        await until(home, window_ends - HOUR)
        assert await merged(home) == []
        await until(home, window_ends)
        assert await merged(home) == [("soap", ["tea"], "sent")]
        await until(home, window_ends + HOUR)
        assert await status(home) == {"soap": ("done", None), "tea": ("done", None)}
        (note,) = await home.rows("SELECT step, reason, facts FROM decision WHERE kind = 'merged'")
        soap = (await enrollments(home, "refill"))[0]["id"]
        assert (note["step"], note["reason"], note["facts"]) == (STEP, "together", {"with": soap})


async def test_whoever_comes_after_the_window_opens_one_of_their_own(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await home.person("anna", "email")
        await came(home, "soap")
        await until(home, NOON + 3 * DAY)
        await came(home, "in_time")  # its step falls due as the window ends
        await until(home, NOON + 3 * DAY + 2 * HOUR)
        await came(home, "late")
        await until(home, NOON + 8 * DAY)
        assert await merged(home) == [("soap", ["in_time"], "sent"), ("late", [], "sent")]


async def test_only_those_still_inside_are_merged(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await home.person("anna", "email")
        await came(home, "soap", "tea", "salt")
        await until(home, NOON + DAY)
        await bought(home, "tea")
        await until(home, NOON + 4 * DAY)
        assert await merged(home) == [("soap", ["salt"], "sent")]
        assert (await status(home))["tea"] == ("left", STEP)


async def test_the_first_one_leaves_and_the_next_opens_the_window(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await home.person("anna", "email")
        await came(home, "soap")
        await until(home, NOON + DAY)
        await came(home, "tea", "salt")
        await until(home, NOON + 2 * DAY)
        await bought(home, "soap")
        await until(home, NOON + 4 * DAY)
        assert await merged(home) == []
        await until(home, NOON + 4 * DAY + HOUR)
        assert [(others, said) for _, others, said in await merged(home)] == [(["salt"], "sent")]


async def decided(home: Stack) -> None:
    """Soap and tea stand at the end of their window; the message is queued, not sent."""
    await home.person("anna", "email")
    await came(home, "soap")
    await home.at(NOON + HOUR)
    await came(home, "tea")
    await home.decide("refill")
    await home.at(NOON + 2 * HOUR)
    await home.decide("refill")
    await home.at(NOON + HOUR + 3 * DAY)
    await home.decide("refill")
    assert await merged(home) == [("soap", ["tea"], "queued")]


@pytest.mark.parametrize(("leaves", "stays"), [("tea", "soap"), ("soap", "tea")])
async def test_one_leaves_just_before_the_send(database_url: str, tmp_path: Path, leaves: str, stays: str) -> None:
    """What was put together for both is not sent; the other one is written to, alone and once."""
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await decided(home)
        await bought(home, leaves)
        await home.deliver("refill")
        assert home.reached == []
        await home.run("refill")
        await until(home, home.now + DAY)
        sent = [(by, others) for by, others, said in await merged(home) if said == "sent"]
        assert sent == [(stays, [])]
        assert (await status(home))[leaves][0] == "left"


async def test_one_more_in_time_is_taken_along(database_url: str, tmp_path: Path) -> None:
    """It came in time, and was decided about late: after the message had been put together."""
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await decided(home)
        await home.track("anna", "order_delivered", product_id="salt", at=home.now - 20 * HOUR)
        await home.decide("refill")
        await home.deliver("refill")
        assert home.reached == []
        await home.run("refill")
        assert [(by, others) for by, others, said in await merged(home) if said == "sent"] == [
            ("soap", ["salt", "tea"])
        ]


@pytest.mark.parametrize(
    "point", [Failpoint.DECIDING, Failpoint.CLAIMED, Failpoint.CHECKING, Failpoint.CHECKED, Failpoint.ANSWERED]
)
async def test_a_crash_between(database_url: str, tmp_path: Path, point: Failpoint) -> None:
    """Whatever dies, wherever: everybody is written about once, and comes to the end."""

    class Died(BaseException):
        pass

    async def die(reached: Failpoint) -> None:
        if reached is point:
            raise Died

    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await home.person("anna", "email")
        await came(home, "soap", "tea")
        await until(home, NOON + 3 * DAY)
        await home.at(NOON + HOUR + 3 * DAY)
        with failpoint_hook(die), pytest.raises(Died):
            await home.run("refill")
        await home.rows("UPDATE message SET lease_until = clock_timestamp() - interval '1 s' WHERE lease_until NOTNULL")
        await unknowns.resolve_due(home.runtime)
        await until(home, home.now + 9 * DAY)
        assert len(home.reached) == (0 if point is Failpoint.CHECKED else 1)
        assert len(await merged(home)) == 1
        assert {said for said, _ in (await status(home)).values()} == {"done"}


async def test_passes_at_the_same_time_write_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await home.person("anna", "email")
        await came(home, "soap", "tea", "salt")
        await until(home, NOON + 3 * DAY)
        await home.at(NOON + HOUR + 3 * DAY)
        await asyncio.gather(*(home.run("refill") for _ in range(3)))
        await home.run("refill")
        assert len(home.reached) == 1
        assert len(await merged(home)) == 1


async def test_what_does_not_hold_for_one_of_them_leaves_it_out(database_url: str, tmp_path: Path) -> None:
    in_stock = compare("product.in_stock", "is", True, "boolean")
    async with stack(database_url, tmp_path, edit=with_journeys(refill(only_while=[in_stock]))) as home:
        await home.person("anna", "email")
        for product, units in (("soap", 0), ("tea", 3), ("salt", 3)):
            await home.stock(product, units)
        await came(home, "soap", "tea", "salt")
        await until(home, NOON + 4 * DAY)
        assert [(others, said) for _, others, said in await merged(home)] == [(["salt"], "sent")]
        assert {said for said, _ in (await status(home)).values()} == {"done"}
        rows = await home.rows("SELECT reason FROM decision WHERE kind = 'dropped'")
        assert [row["reason"] for row in rows] == ["state_changed"]


async def test_other_customers_and_other_versions(database_url: str, tmp_path: Path) -> None:
    """An edit does not part what belongs together; what belongs to others never comes in."""
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        await home.person("anna", "email")
        await home.person("boris", "email")
        await came(home, "soap")
        await came(home, "tea", user="boris")
        await until(home, NOON + DAY)
        await published_anew(home, refill(wait(60)))
        await came(home, "salt")
        await until(home, NOON + 4 * DAY)
        assert sorted(await merged(home)) == [("soap", ["salt"], "sent"), ("tea", [], "sent")]


async def test_all_of_it_stands_in_the_message(database_url: str, tmp_path: Path) -> None:
    """What a template may say of it, as render_data brings it."""
    async with stack(database_url, tmp_path, edit=EDIT) as home:
        for product in ("soap", "tea"):
            await home.track("feed", "product_updated", product_id=product, title=product.title(), price=5)
        await decided(home)
        async with home.runtime.database.transaction() as connection:
            held = await messages.claim_messages(
                connection, "refill", Channel.EMAIL, now=home.now, lease=home.runtime.lease, limit=10
            )
            (known,) = (await messages.load_render_data(connection, held)).values()
        said = build_entries([known, *known["beside"]], "en", home.project.shop)
        assert said["count"] == 2
        assert [one["product_id"] for one in said["events"]] == ["soap", "tea"]
        assert [one["title"] for one in said["products"]] == ["Soap", "Tea"]


async def test_in_a_test_nothing_is_waited_for(database_url: str, tmp_path: Path) -> None:
    async with stack(
        database_url,
        tmp_path,
        edit=with_journeys(event_journey("refill", "order_delivered", steps=[send("how_was_it", together=THREE_DAYS)])),
    ) as home:
        await home.person("anna", "email")
        await manual_enrollment.enroll(home.runtime, "refill", "anna", mode=Mode.TEST)
        await home.run("refill")
        assert len(home.reached) == 1
