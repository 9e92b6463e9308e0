"""Each decision with the facts that it saw, and what would have made it go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.condition import Compare, DidEvent, Op, ValueType
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.project import Project
from kaskad.services.explaining.customer_history import HistoryLine
from kaskad.services.explaining.explain import explain
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio


async def lines(stack: Stack, user: str, journey: str = "abandoned_cart") -> dict[str, HistoryLine]:
    """The lines of the customer's one entry, by kind and reason."""
    (passage,) = (await explain(stack.runtime, user, journey)).passages
    return {line.reason or line.kind: line for line in passage.lines}


async def a_cart(stack: Stack, user: str = "anna", *channels: str, **more: Any) -> None:
    await stack.person(user, *(channels or ("email",)))
    await stack.cart(user, **more)
    await stack.at(timedelta(hours=1))


def edited(**update: Any) -> Any:
    """The shop with this in the abandoned cart."""

    def edit(project: Project) -> Project:
        journey: Journey = project.journeys["abandoned_cart"].model_copy(update=update)
        return project.model_copy(update={"journeys": {**project.journeys, "abandoned_cart": journey}})

    return edit


async def test_what_a_send_was_decided_on(stack: Stack) -> None:
    await a_cart(stack)
    await stack.tills()
    await stack.run("abandoned_cart")
    assert (await lines(stack, "anna"))["queued"].grounds == (
        "`where` of the entrance: cart.total is at least 1000? yes",
        "`only_while`: cart.items.in_stock is at least 1? yes",
        "addresses for e-mail",
        "'store' was last heard from 13:00",
    )


async def test_the_value_that_kept_somebody_out(stack: Stack) -> None:
    await a_cart(stack, price=300)
    await stack.run("abandoned_cart")
    refused = (await lines(stack, "anna"))["where_false"]
    assert refused.grounds == ("`where` of the entrance: cart.total is at least 1000? no (cart.total was 300.00)",)
    assert refused.otherwise == (
        "the customer would have entered if this had been true: cart.total is at least 1000 (cart.total was 300.00)"
    )


async def test_the_value_is_that_of_then(stack: Stack) -> None:
    """The cart is larger now; the decision saw the small one."""
    await a_cart(stack, price=300)
    await stack.run("abandoned_cart")
    await stack.cart("anna", price=5000, product="margherita")
    explained = await explain(stack.runtime, "anna", "abandoned_cart", at=stack.now)
    text = "\n".join(explained.text())
    assert "cart.total was 300.00" in text


async def test_a_silent_source_is_told_with_its_last_word(stack: Stack) -> None:
    await stack.tills()
    await a_cart(stack)
    await stack.run("abandoned_cart")
    assert (await lines(stack, "anna"))["stale_source"].otherwise == (
        "it would have been sent if 'store' had been heard from within 30 minutes of its opening hours "
        "(last heard from 12:00)"
    )


def capped(project: Project) -> Project:
    caps = (Cap(at_most=1, per="day", over="wait"),)
    return project.model_copy(update={"policy": project.policy.model_copy(update={"caps": caps})})


async def test_a_full_cap_is_told_with_when_there_is_room(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=capped)
    await stack.person("anna", "push")
    await stack.track("anna", "Order Completed", order_id="o1", total=900, place="store")
    await stack.run("thank_you")
    await stack.at(timedelta(hours=1))
    await stack.run("thank_you")
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    held = (await lines(stack, "anna"))["cap"]
    assert "messages that count in caps: 1 on Tue 2 Mar" in held.grounds
    assert held.otherwise == (
        "it would have been sent if no message had counted in the cap 'at most 1 a day'; "
        "there is room again Wed 3 Mar 00:00"
    )


async def test_closed_hours_are_told_with_when_they_open(stack: Stack) -> None:
    await stack.at(timedelta(hours=8, minutes=30))
    await a_cart(stack)
    await stack.tills()
    await stack.run("abandoned_cart")
    held = {line.otherwise for line in (await lines(stack, "anna")).values() if line.kind == "held"}
    assert held == {"it would have been sent if it had become due in open hours: from Wed 3 Mar 09:00 on"}


async def test_who_is_not_reached_is_told_what_is_missing(stack: Stack) -> None:
    await stack.person("boris", "email", consent=False)
    await stack.cart("boris")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    assert (await lines(stack, "boris"))["no_consent"].otherwise == (
        "it would have been sent if the customer had been reachable by SMS, push, Viber or web push "
        "or consented to marketing by e-mail"
    )


BOUGHT = (DidEvent(event="order_completed", negated=True),)
KNOWN = (Compare(path="customer.birthday", op=Op.BEFORE, value="2000-01-01", type=ValueType.DATE),)


async def test_the_event_that_stood_against_it(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=edited(only_while=BOUGHT))
    await stack.person("anna", "email")
    await stack.track("anna", "Order Completed", order_id="o1", total=9, place="store", store="Lenina 5")
    await stack.at(timedelta(minutes=5))
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    assert (await lines(stack, "anna"))["state_changed"].otherwise == (
        "it would have been sent if this had been true: the customer has not bought "
        "(last 12:00 in the store (Lenina 5))"
    )


async def test_what_is_not_known(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=edited(only_while=KNOWN))
    await a_cart(stack)
    await stack.tills()
    await stack.run("abandoned_cart")
    assert (await lines(stack, "anna"))["unknown_value"].otherwise == (
        "it would have been sent if this had been known: customer.birthday is before 2000-01-01 "
        "(customer.birthday was not known)"
    )


async def test_who_was_written_to_lately_is_told_when_they_may_come_again(stack: Stack) -> None:
    await a_cart(stack)
    await stack.tills()
    await stack.run("abandoned_cart")
    await stack.track("anna", "Order Completed", order_id="o1", total=900)
    await stack.run("abandoned_cart")
    await stack.at(timedelta(hours=1))
    await stack.cart("anna", cart="k2")
    await stack.at(timedelta(hours=1))
    await stack.run("abandoned_cart")
    explained = await explain(stack.runtime, "anna", "abandoned_cart")
    (refused,) = [line for passage in explained.passages for line in passage.lines if line.kind == "refused"]
    assert refused.otherwise == (
        "the customer would have entered if the last entry that sent something (12:00) had been 7 days ago: "
        "from Tue 9 Mar 12:00 on"
    )


async def test_as_it_stood_then(stack: Stack) -> None:
    await a_cart(stack)
    await stack.tills()
    await stack.run("abandoned_cart")
    await stack.at(timedelta(hours=5))
    await stack.track("anna", "Order Completed", order_id="o1", total=900)
    await stack.run("abandoned_cart")
    explained = await explain(stack.runtime, "anna", "abandoned_cart", at=NOON + timedelta(hours=2))
    (passage,) = explained.passages
    assert passage.summary == (
        "As of Tue 2 Mar 2027 14:00: e-mail 'cart_reminder' sent through sandbox_email, since Tue 2 Mar 2027 13:00."
    )
    assert [line.kind for line in passage.lines] == ["entered", "queued", "message"]
    assert "order_completed" not in {event.event for event in explained.events}
    before = await explain(stack.runtime, "anna", "abandoned_cart", at=NOON + timedelta(minutes=30))
    assert before.passages[0].summary == "As of Tue 2 Mar 2027 12:30: nothing had been decided yet."
    assert (await explain(stack.runtime, "anna", "abandoned_cart", at=NOON - timedelta(hours=1))).passages == ()
