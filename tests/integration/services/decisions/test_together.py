"""`together`: several entries of one customer, one message; nobody is left out, and nothing is written twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
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
from tests.support.stack import NOON, OpenStack, Stack

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


async def came(stack: Stack, *products: str, user: str = "anna") -> None:
    """These products were delivered now."""
    for product in products:
        await stack.track(user, "order_delivered", product_id=product, order_id=f"o-{product}")


async def bought(stack: Stack, product: str) -> None:
    """The customer orders it again, by themselves."""
    await stack.track("anna", "order_completed", products=[{"product_id": product}])


async def merged(stack: Stack) -> list[tuple[str, list[str], str]]:
    """(the entry that wrote, the others, status) of every message, by their products."""
    rows = await stack.rows(
        """SELECT n.key, m.status,
                  array(SELECT o.key FROM enrollment o WHERE o.id = ANY(m.together) ORDER BY o.key) AS others
             FROM message m JOIN enrollment n ON n.id = m.enrollment_id ORDER BY m.decided_at, m.id"""
    )
    return [(row["key"], row["others"], row["status"]) for row in rows]


async def status(stack: Stack) -> dict[str, tuple[str, str | None]]:
    """Each product's entry: its status and its step."""
    return {row["key"]: (row["status"], row["step"]) for row in await enrollments(stack, "refill")}


async def until(stack: Stack, moment: datetime) -> None:
    """Steps the clock there, to whatever falls due on the way, running the journey each time."""
    await stack.run("refill")
    while stack.now < moment:
        due = "SELECT min(due_at) AS at FROM enrollment WHERE status IN ('candidate', 'active') AND due_at > %(now)s"
        (row,) = await stack.rows(due, now=stack.now)
        await stack.at(min(row["at"] or moment, moment))
        await stack.run("refill")


async def test_entries_at_different_times_are_written_to_in_one_message(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=EDIT)
    await stack.person("anna", "email")
    await came(stack, "soap")
    await until(stack, NOON + DAY)
    await came(stack, "tea")
    window_ends = NOON + HOUR + 3 * DAY
    await until(stack, window_ends - HOUR)
    assert await merged(stack) == []
    await until(stack, window_ends)
    assert await merged(stack) == [("soap", ["tea"], "sent")]
    await until(stack, window_ends + HOUR)
    assert await status(stack) == {"soap": ("done", None), "tea": ("done", None)}
    (note,) = await stack.rows("SELECT step, reason, facts FROM decision WHERE kind = 'merged'")
    soap = (await enrollments(stack, "refill"))[0]["id"]
    assert (note["step"], note["reason"], note["facts"]) == (STEP, "together", {"with": soap})


async def test_whoever_comes_after_the_window_opens_one_of_their_own(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=EDIT)
    await stack.person("anna", "email")
    await came(stack, "soap")
    await until(stack, NOON + 3 * DAY)
    await came(stack, "in_time")  # its step falls due as the window ends
    await until(stack, NOON + 3 * DAY + 2 * HOUR)
    await came(stack, "late")
    await until(stack, NOON + 8 * DAY)
    assert await merged(stack) == [("soap", ["in_time"], "sent"), ("late", [], "sent")]


async def test_only_those_still_inside_are_merged(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=EDIT)
    await stack.person("anna", "email")
    await came(stack, "soap", "tea", "salt")
    await until(stack, NOON + DAY)
    await bought(stack, "tea")
    await until(stack, NOON + 4 * DAY)
    assert await merged(stack) == [("soap", ["salt"], "sent")]
    assert (await status(stack))["tea"] == ("left", STEP)


async def test_the_first_one_leaves_and_the_next_opens_the_window(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=EDIT)
    await stack.person("anna", "email")
    await came(stack, "soap")
    await until(stack, NOON + DAY)
    await came(stack, "tea", "salt")
    await until(stack, NOON + 2 * DAY)
    await bought(stack, "soap")
    await until(stack, NOON + 4 * DAY)
    assert await merged(stack) == []
    await until(stack, NOON + 4 * DAY + HOUR)
    assert [(others, said) for _, others, said in await merged(stack)] == [(["salt"], "sent")]


async def decided(stack: Stack) -> None:
    """Soap and tea stand at the end of their window; the message is queued, not sent."""
    await stack.person("anna", "email")
    await came(stack, "soap")
    await stack.at(NOON + HOUR)
    await came(stack, "tea")
    await stack.decide("refill")
    await stack.at(NOON + 2 * HOUR)
    await stack.decide("refill")
    await stack.at(NOON + HOUR + 3 * DAY)
    await stack.decide("refill")
    assert await merged(stack) == [("soap", ["tea"], "queued")]


@pytest.mark.parametrize(("leaves", "stays"), [("tea", "soap"), ("soap", "tea")])
async def test_one_leaves_just_before_the_send(leaves: str, stays: str, open_stack: OpenStack) -> None:
    """What was put together for both is not sent; the other one is written to, alone and once."""
    stack = await open_stack(edit=EDIT)
    await decided(stack)
    await bought(stack, leaves)
    await stack.deliver("refill")
    assert stack.reached == []
    await stack.run("refill")
    await until(stack, stack.now + DAY)
    sent = [(by, others) for by, others, said in await merged(stack) if said == "sent"]
    assert sent == [(stays, [])]
    assert (await status(stack))[leaves][0] == "left"


async def test_one_more_in_time_is_taken_along(open_stack: OpenStack) -> None:
    """It came in time, and was decided about late: after the message had been put together."""
    stack = await open_stack(edit=EDIT)
    await decided(stack)
    await stack.track("anna", "order_delivered", product_id="salt", at=stack.now - 20 * HOUR)
    await stack.decide("refill")
    await stack.deliver("refill")
    assert stack.reached == []
    await stack.run("refill")
    assert [(by, others) for by, others, said in await merged(stack) if said == "sent"] == [("soap", ["salt", "tea"])]


@pytest.mark.parametrize(
    "point", [Failpoint.DECIDING, Failpoint.CLAIMED, Failpoint.CHECKING, Failpoint.CHECKED, Failpoint.ANSWERED]
)
async def test_a_crash_between(point: Failpoint, open_stack: OpenStack) -> None:
    """Whatever dies, wherever: everybody is written about once, and comes to the end."""

    class Died(BaseException):
        pass

    async def die(reached: Failpoint) -> None:
        if reached is point:
            raise Died

    stack = await open_stack(edit=EDIT)
    await stack.person("anna", "email")
    await came(stack, "soap", "tea")
    await until(stack, NOON + 3 * DAY)
    await stack.at(NOON + HOUR + 3 * DAY)
    with failpoint_hook(die), pytest.raises(Died):
        await stack.run("refill")
    await stack.rows("UPDATE message SET lease_until = clock_timestamp() - interval '1 s' WHERE lease_until NOTNULL")
    await unknowns.resolve_due(stack.runtime)
    await until(stack, stack.now + 9 * DAY)
    assert len(stack.reached) == (0 if point is Failpoint.CHECKED else 1)
    assert len(await merged(stack)) == 1
    assert {said for said, _ in (await status(stack)).values()} == {"done"}


async def test_passes_at_the_same_time_write_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=EDIT)
    await stack.person("anna", "email")
    await came(stack, "soap", "tea", "salt")
    await until(stack, NOON + 3 * DAY)
    await stack.at(NOON + HOUR + 3 * DAY)
    await asyncio.gather(*(stack.run("refill") for _ in range(3)))
    await stack.run("refill")
    assert len(stack.reached) == 1
    assert len(await merged(stack)) == 1


async def test_what_does_not_hold_for_one_of_them_leaves_it_out(open_stack: OpenStack) -> None:
    in_stock = compare("product.in_stock", "is", True, "boolean")
    stack = await open_stack(edit=with_journeys(refill(only_while=[in_stock])))
    await stack.person("anna", "email")
    for product, units in (("soap", 0), ("tea", 3), ("salt", 3)):
        await stack.stock(product, units)
    await came(stack, "soap", "tea", "salt")
    await until(stack, NOON + 4 * DAY)
    assert [(others, said) for _, others, said in await merged(stack)] == [(["salt"], "sent")]
    assert {said for said, _ in (await status(stack)).values()} == {"done"}
    rows = await stack.rows("SELECT reason FROM decision WHERE kind = 'dropped'")
    assert [row["reason"] for row in rows] == ["state_changed"]


async def test_other_customers_and_other_versions(open_stack: OpenStack) -> None:
    """An edit does not part what belongs together; what belongs to others never comes in."""
    stack = await open_stack(edit=EDIT)
    await stack.person("anna", "email")
    await stack.person("boris", "email")
    await came(stack, "soap")
    await came(stack, "tea", user="boris")
    await until(stack, NOON + DAY)
    await published_anew(stack, refill(wait(60)))
    await came(stack, "salt")
    await until(stack, NOON + 4 * DAY)
    assert sorted(await merged(stack)) == [("soap", ["salt"], "sent"), ("tea", [], "sent")]


async def test_all_of_it_stands_in_the_message(open_stack: OpenStack) -> None:
    """What a template may say of it, as render_data brings it."""
    stack = await open_stack(edit=EDIT)
    for product in ("soap", "tea"):
        await stack.track("feed", "product_updated", product_id=product, title=product.title(), price=5)
    await decided(stack)
    async with stack.runtime.database.transaction() as connection:
        held = await messages.claim_messages(
            connection, "refill", Channel.EMAIL, now=stack.now, lease=stack.runtime.lease, limit=10
        )
        (known,) = (await messages.load_render_data(connection, held)).values()
    said = build_entries([known, *known["beside"]], "en", stack.project.shop)
    assert said["count"] == 2
    assert [event["product_id"] for event in said["events"]] == ["soap", "tea"]
    assert [product["title"] for product in said["products"]] == ["Soap", "Tea"]


async def test_in_a_test_nothing_is_waited_for(open_stack: OpenStack) -> None:
    stack = await open_stack(
        edit=with_journeys(event_journey("refill", "order_delivered", steps=[send("how_was_it", together=THREE_DAYS)]))
    )
    await stack.person("anna", "email")
    await manual_enrollment.enroll(stack.runtime, "refill", "anna", mode=Mode.TEST)
    await stack.run("refill")
    assert len(stack.reached) == 1
