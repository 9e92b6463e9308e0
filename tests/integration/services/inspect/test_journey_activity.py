"""Where everybody stands in a journey, what happened at each step lately, and what they wait for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.errors import NotFound
from kaskad.services.inspect.journey_activity import StepActivity, load_activity
from kaskad.services.inspect.step_customers import list_step_customers
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio
REMINDER = "send:cart_reminder"


async def three_carts(stack: Stack) -> None:
    """One who is written to, one who has left before that, one whom nothing reaches."""
    await stack.person("anna", "email")
    await stack.person("kolya", "push")
    await stack.person("boris", "email", consent=False)
    for user in ("anna", "kolya", "boris"):
        await stack.cart(user)
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")


async def test_steps_are_counted(stack: Stack) -> None:
    await three_carts(stack)
    await stack.track("kolya", "Order Completed", order_id="o1", total=900)
    await stack.run("abandoned_cart")
    found = await load_activity(stack.runtime, "abandoned-cart")
    steps = dict(found.steps)
    assert steps.pop(REMINDER) == StepActivity(here=1, passed=1, sent=2, left=1)
    (wait,) = steps
    assert wait.startswith("wait:")
    assert steps[wait] == StepActivity(here=1)
    assert found.journey.name == "abandoned_cart"


async def test_what_is_older_than_a_week_is_not_told(stack: Stack) -> None:
    await three_carts(stack)
    await stack.at(timedelta(days=8))
    found = await load_activity(stack.runtime, "abandoned_cart")
    assert found.steps[REMINDER] == StepActivity(here=2)
    assert found.steps[REMINDER].words() == ""


async def test_those_who_passed_a_wait_are_counted_there(stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.track("anna", "Order Completed", order_id="o1", total=900, place="store")
    await stack.run("thank_you")
    (standing,) = (await load_activity(stack.runtime, "thank_you")).steps.values()
    assert standing == StepActivity(here=1)
    await stack.at(timedelta(hours=1))
    await stack.run("thank_you")
    steps = (await load_activity(stack.runtime, "thank_you")).steps
    assert [activity for id_, activity in steps.items() if id_.startswith("wait:")] == [StepActivity(passed=1)]


async def test_who_stands_there_and_what_they_wait_for(stack: Stack) -> None:
    await three_carts(stack)
    crowd = await list_step_customers(stack.runtime, "abandoned_cart", "cart_reminder", limit=10)
    assert (crowd.step, crowd.total) == (REMINDER, 2)
    assert {person.customer: person.waits_for for person in crowd.people} == {
        "anna": "an answer by e-mail",
        "kolya": "an answer by push",
    }
    ends = [step for step in (await load_activity(stack.runtime, "abandoned_cart")).steps if step.startswith("wait:")]
    (boris,) = (await list_step_customers(stack.runtime, "abandoned_cart", ends[0], limit=10)).people
    assert (boris.customer, boris.waits_for) == ("boris", "until 3 days after entering")
    assert boris.until == NOON + timedelta(days=3)


async def test_who_is_held_is_told_why(stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.cart("anna")
    await stack.at(timedelta(hours=2))
    await stack.run("abandoned_cart")  # the tills were never heard
    (anna,) = (await list_step_customers(stack.runtime, "abandoned_cart", REMINDER, limit=10)).people
    assert anna.waits_for.startswith("held: a source that the decision depends on has been silent")


async def test_few_are_listed_and_all_are_counted(stack: Stack) -> None:
    await three_carts(stack)
    crowd = await list_step_customers(stack.runtime, "abandoned_cart", REMINDER, limit=1)
    assert (len(crowd.people), crowd.total) == (1, 2)


async def test_unknown_names_are_refused(stack: Stack) -> None:
    with pytest.raises(NotFound, match=r"there is no step 'x' in 'abandoned_cart' \(steps: send:cart_reminder, "):
        await list_step_customers(stack.runtime, "abandoned_cart", "x", limit=1)
    with pytest.raises(NotFound, match="there is no journey 'x'"):
        await load_activity(stack.runtime, "x")
