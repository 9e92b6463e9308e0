"""Journeys in words and as pictures."""

from __future__ import annotations

import re
from functools import cache

import pytest

from kaskad.config import load_project
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import CascadeOrder
from kaskad.domain.journeys.condition import (
    AnyOf,
    Compare,
    Condition,
    DidEvent,
    EventMatch,
    MessageState,
    MoneyValue,
    Not,
    Op,
    PathRef,
    TimesCount,
)
from kaskad.domain.journeys.condition import MessageWas as Was
from kaskad.domain.journeys.condition import ValueType as Type
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import compile_program
from kaskad.domain.journeys.step import SendStep, WaitForStep
from kaskad.services.describing import conditions as describe_conditions
from kaskad.services.describing.describe import describe
from kaskad.services.describing.mermaid import quote_label, render_mermaid
from kaskad.services.describing.never_about import describe_narrowed
from tests.support.paths import ROOT
from tests.support.rules import event_journey

NAMES = ("abandoned_cart", "back_in_stock", "browse_abandonment", "email_confirmation", "thank_you")


@cache
def shipped(name: str) -> Journey:
    return load_project(ROOT).journeys[name]


BEGINNINGS = {
    "abandoned_cart": "When a cart has been quiet for an hour, if cart.total is at least 1000, once for each cart",
    "back_in_stock": "When a product is back in stock, those who asked for it or looked at it within 30 days",
    "browse_abandonment": "When a customer has looked at a product, and not again for 2 hours",
    "email_confirmation": "When a customer has signed up, once for each e-mail address:",
    "thank_you": "When a customer has bought, once for each order",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_journey_begins_with_who_enters(name: str) -> None:
    assert describe(shipped(name)).startswith(BEGINNINGS[name])


def test_every_step_and_rule_of_the_cart_is_told() -> None:
    description = describe(shipped("abandoned_cart"))
    for said in (
        "1. send 'cart_reminder'; stale after 30 hours",
        "2. wait until 3 days after entering",
        "   - if cart.total is more than 5000 and the customer has not bought where order.discount is more than 0 "
        "within the last 60 days:\n     1. send 'cart_discount'; stale after 12 hours",
        "   - otherwise:\n     1. send 'cart_last_reminder'",
        "4. 'retention' calls with the script 'cart_reason', within a day",
        "Messages go by push (unless opened within 2 hours), else e-mail (unless opened within a day)",
        "Whoever has bought or emptied the cart (the same cart) leaves at once.",
        "Nothing is sent unless cart.items.in_stock is at least 1.",
        "Sent between 09:00 and 21:00 of the customer's own day.",
        "Held while 'store' has been silent for 30 minutes.",
        "The goal: bought within 7 days.",
        "5% are held out",
    ):
        assert said in description


def test_the_order_of_a_cascade_is_told() -> None:
    journey = shipped("abandoned_cart")
    cheapest = journey.cascade.model_copy(update={"order": CascadeOrder.CHEAPEST})
    assert " (the cheapest first)." in describe(journey.model_copy(update={"cascade": cheapest}))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Compare(path="product.in_stock", op=Op.IS, value=True, type=Type.BOOLEAN), "product.in_stock is yes"),
        (Compare(path="customer.birthday", op=Op.KNOWN, value=False, type=Type.DATE), "customer.birthday is not known"),
        (
            Compare(path="order.place", op=Op.IN, value=("app", "site"), type=Type.TEXT),
            "order.place is one of app or site",
        ),
        (
            Compare(path="cart.total", op=Op.AT_LEAST, value=MoneyValue(amount=50, currency="EUR"), type=Type.MONEY),
            "cart.total is at least 50 EUR",
        ),
        (Compare(path="cart.total", op=Op.BETWEEN, value=(1, 2), type=Type.MONEY), "cart.total is between 1 and 2"),
        (
            Compare(path="order.delivered_at", op=Op.WITHIN, value=Duration(seconds=86_400 * 2), type=Type.TIME),
            "order.delivered_at is within the last 2 days",
        ),
        (
            Compare(path="product.price", op=Op.LESS_THAN, value=PathRef(path="event.old_price"), type=Type.MONEY),
            "product.price is less than event.old_price",
        ),
        (
            DidEvent(event="product_viewed", times=TimesCount(op=Op.AT_LEAST, value=2), within=Duration(seconds=3600)),
            "the customer has looked at a product at least 2 times within the last hour",
        ),
        (
            DidEvent(event="order_completed", negated=True, since_enter=True),
            "the customer has not bought since entering",
        ),
        (Was(message="cart_reminder", was=MessageState.OPENED, negated=True), "'cart_reminder' was not opened"),
    ],
)
def test_conditions_read_aloud(condition: Condition, words: str) -> None:
    assert describe_conditions.describe_condition(condition) == words
    assert describe_conditions.describe_condition(Not(of=(condition,))) == f"not ({words})"
    assert describe_conditions.describe_condition(AnyOf(of=(condition, condition))) == f"({words} or {words})"


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_draws_every_step_and_every_way(name: str) -> None:
    lines = [line.strip() for line in render_mermaid(shipped(name)).splitlines()]
    nodes = compile_program(shipped(name)).nodes
    boxes = {line.partition(" ")[0].rstrip('([{/"').split("[")[0].split("(")[0].split("{")[0] for line in lines[1:]}
    assert {f"s{number}" for number in range(len(nodes))} <= boxes
    arrows = [line for line in lines if "-->" in line]
    assert len(arrows) == 1 + sum(len(node.branches) or 1 for node in nodes.values())
    known = boxes | {"done", "left", "enter"}
    ends = {end for line in lines if "->" in line for end in (line.split(" ")[0], line.split(" ")[-1])}
    assert ends <= known


def test_a_wait_for_has_two_ways_out() -> None:
    wait = WaitForStep(
        event=EventMatch(when="review_written"),
        up_to=Duration(seconds=86_400),
        then=(SendStep(message="thanks"),),
    )
    journey = shipped("thank_you").model_copy(update={"steps": (wait,)})
    drawn = render_mermaid(journey)
    assert 's0 -->|"when it has happened"| s1' in drawn
    assert 's0 -->|"after a day without it"| done' in drawn
    assert "   - when it has happened:\n     1. send 'thanks'\n   - after a day without it: go on" in describe(journey)


def test_nothing_that_a_marketer_writes_breaks_out_of_a_label() -> None:
    nasty = 'a "b" <c> #1; `d` [e] {f} | g & \\h\n--> x["y"]'
    escaped = quote_label(nasty)
    assert not re.search(r'["<>`\[\]{}|\\\n]', escaped.replace("<br/>", ""))
    drawn = render_mermaid(shipped("thank_you").model_copy(update={"steps": (SendStep(message=nasty, name="n"),)}))
    assert f"send '{escaped}'" in drawn


@pytest.mark.parametrize(
    ("narrowed", "text"),
    [
        ({"similar": {"seconds": 604_800}}, "its like for 7 days"),
        ({"same": {"days": 2}, "similar": "nothing"}, "the very product for 2 calendar days and its like not at all"),
        ({"again": "nothing"}, "what people buy again not at all"),
    ],
)
def test_what_a_journey_narrows(narrowed: dict[str, object], text: str) -> None:
    journey = event_journey("x", "signed_up", never_about=narrowed)
    assert journey.never_about is not None
    assert describe_narrowed(journey.never_about) == text
