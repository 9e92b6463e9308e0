"""One customer, by name, now: `when`, `where` and the quiet time are skipped, everything else holds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kaskad.domain.errors import NotFound, Rejected
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.operations import pausing
from tests.support.rules import HOUR, compare, enrollments, event_journey, messages, statuses, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio

PICKY = {"where": [compare("event.price", "at_least", 1000, "money")], "quiet_for": HOUR}
LETTER = event_journey("my_letter", "product_viewed", enter=PICKY, leave=[{"when": "order_completed"}])
CALL = event_journey("call", "app_opened", enter={"quiet_for": HOUR})


async def outcome(stack: Stack, customer: str = "anna") -> tuple[str, str | None]:
    """Enrolls the customer; where that enrollment stands, and why."""
    done = await manual_enrollment.enroll(stack.runtime, "my-letter", customer)
    (row,) = await stack.rows("SELECT status, reason FROM enrollment WHERE id = %(id)s", id=done.enrollment)
    return row["status"], row["reason"]


async def test_enrolled_by_name_and_decided_at_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    done = await manual_enrollment.enroll(stack.runtime, "my-letter", "anna")
    assert done.new
    assert await messages(stack) == [("my_letter", "queued")]
    assert not (await manual_enrollment.enroll(stack.runtime, "my_letter", "anna")).new, "the live one that is there"
    assert len(await enrollments(stack, "my_letter")) == 1
    (row,) = await enrollments(stack, "my_letter")
    assert (row["entered_at"], row["step_since"], row["version_id"]) == (stack.now, stack.now, 1)


async def test_again_after_holds(open_stack: OpenStack) -> None:
    weekly = event_journey("my_letter", "product_viewed", enter=PICKY | {"again_after": {"seconds": 604_800}})
    stack = await open_stack(edit=with_journeys(weekly))
    await stack.person("anna", "email")
    await manual_enrollment.enroll(stack.runtime, "my_letter", "anna")
    await stack.run("my_letter")
    await stack.at(timedelta(days=6))
    await stack.run("my_letter")
    assert await outcome(stack) == ("refused", "again_too_soon")
    await stack.at(timedelta(days=1))
    assert (await outcome(stack))[0] == "active"


async def test_holdout_holds(open_stack: OpenStack) -> None:
    held = LETTER.model_copy(update={"holdout": Decimal("0.999999")})
    stack = await open_stack(edit=with_journeys(held))
    await stack.person("anna", "email")
    assert await outcome(stack) == ("refused", "holdout")


async def test_consent_and_caps_hold(open_stack: OpenStack) -> None:
    edit = with_journeys(LETTER, caps=[Cap(at_most=0, per="day", over="skip")])
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email")
    await stack.person("boris", "email", consent=False)
    for customer, reason in (("anna", "cap"), ("boris", "no_consent")):
        assert (await outcome(stack, customer))[0] == "done"
        (note,) = await stack.rows("SELECT reason FROM decision WHERE kind = 'dropped' ORDER BY id DESC LIMIT 1")
        assert note["reason"] == reason
    assert await messages(stack) == []


async def test_leave_holds(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    await stack.track("anna", "order_completed", order_id="o1", at=stack.now - timedelta(minutes=1))
    assert (await outcome(stack))[0] == "active", "what was bought before is no exit"
    await stack.at(timedelta(minutes=1))
    await stack.track("anna", "order_completed", order_id="o2")
    await stack.run("my_letter")
    assert await statuses(stack, "my_letter") == ["left"]
    assert stack.reached == []


async def test_all_that_is_due_of_the_person_is_decided_with_it(open_stack: OpenStack) -> None:
    loud = event_journey("loud", "signed_up", priority=90)
    edit = with_journeys(LETTER, loud, caps=[Cap(at_most=1, per="day")])
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email")
    await stack.track("anna", "signed_up")
    await manual_enrollment.enroll(stack.runtime, "my_letter", "anna")
    assert await messages(stack) == [("loud", "queued")], "by name is not before what matters more"


async def test_what_cannot_be_followed_says_why(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    with pytest.raises(NotFound, match="no journey 'other'"):
        await manual_enrollment.enroll(stack.runtime, "other", "anna")
    with pytest.raises(NotFound, match="no customer is known as 'zoya'"):
        await manual_enrollment.enroll(stack.runtime, "my_letter", "zoya")
    await pausing.set_paused(stack.runtime, "my-letter", True)
    with pytest.raises(Rejected, match="paused"):
        await manual_enrollment.enroll(stack.runtime, "my_letter", "anna")
    assert await enrollments(stack, "my_letter") == []


async def test_a_test_goes_to_the_owner_and_counts_for_nothing(open_stack: OpenStack) -> None:
    edit = with_journeys(LETTER, caps=[Cap(at_most=1, per="day")])
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email", consent=False)
    await manual_enrollment.enroll(stack.runtime, "my_letter", "anna", mode=Mode.TEST)
    await stack.run("my_letter")
    assert stack.sent() == [("email", "crm@shop.example")]
    await stack.track("anna", "consent_given", purpose="marketing", channel="email")
    assert (await outcome(stack))[0] == "active"
    assert (await stack.run("my_letter")).outcomes == {"sent": 1}, "a test uses up no cap"


async def test_enrolled_by_name_nobody_waits_for_the_quiet_time(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.at(timedelta(minutes=1))
    assert not (await manual_enrollment.enroll(stack.runtime, "call", "anna")).new
    assert (await stack.run("call")).outcomes == {"sent": 1}
