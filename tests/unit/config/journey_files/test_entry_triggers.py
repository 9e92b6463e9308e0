"""Every entrance: what it may say, what that stands for, and what is said of one that is wrong."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import AnyOf, Compare, DidEvent, Not, Op, ValueType
from kaskad.domain.journeys.entry_trigger import (
    Audience,
    DateTrigger,
    EventTrigger,
    KeyPart,
    PriceDrop,
    ProductTrigger,
    ScheduleTrigger,
    SegmentTrigger,
)
from tests.unit.config.written_project import Written

DAY = 86_400
ENTER = "  when: cart_updated\n  again_after: 7d\n"
BOUGHT = DidEvent(event="order_completed")
NOT_LATELY = DidEvent(event="order_completed", negated=True, within=Duration(seconds=90 * DAY))
GOLD = Compare(path="customer.level", op=Op.IS, value="gold", type=ValueType.TEXT)
SEGMENTS = "silent: [{did: order_completed}, {did_not: order_completed, within: 90d}]\ngold: [{customer.level: gold}]\n"
ALWAYS: dict[str, Any] = {"again_after": "always"}
FORMS = [
    (
        "when: order_completed, for_each: order.items, once_per: product, again_after: always",
        EventTrigger(when="order_completed", for_each="order.items", once_per="product", **ALWAYS),
    ),
    (
        "when: order_completed, once_per: [order, order.status], again_after: always",
        EventTrigger(when="order_completed", once_per=(KeyPart(path="order"), KeyPart(path="order.status")), **ALWAYS),
    ),
    (
        "product: price_drop, by: {at_least: 10%, below: price_when_added}, who: [favourited], again_after: always",
        ProductTrigger(
            product="price_drop",
            by=PriceDrop(at_least=Decimal("0.1"), below="price_when_added"),
            who=(Audience(kind="favourited"),),
            **ALWAYS,
        ),
    ),
    (
        "product: low_stock, at_most: 3, who: [viewed 30d, favourited], again_after: always",
        ProductTrigger(
            product="low_stock",
            at_most=3,
            who=(Audience(kind="viewed", within=Duration(seconds=30 * DAY)), Audience(kind="favourited")),
            **ALWAYS,
        ),
    ),
    (
        "segment: silent, again_after: always",
        SegmentTrigger(segment="silent", where=(BOUGHT, NOT_LATELY), **ALWAYS),
    ),
    (
        'date: customer.birthday, every: year, before: 7d, at: "10:00", feb_29: mar_1, again_after: always',
        DateTrigger(date="customer.birthday", every="year", days_before=7, at=time(10), feb_29="mar_1", **ALWAYS),
    ),
    (
        'date: customer.points.next_expiry.at, before: 1 day, at: "11:00", once_per: customer.points.next_expiry.at, '
        "again_after: always",
        DateTrigger(
            date="customer.points.next_expiry.at",
            type=ValueType.TIME,
            days_before=1,
            at=time(11),
            once_per=(KeyPart(path="customer.points.next_expiry.at", type=ValueType.TIME),),
            **ALWAYS,
        ),
    ),
    (
        'schedule: {cron: "0 10 * * mon", zone: Asia/Omsk}, segment: gold, again_after: always',
        ScheduleTrigger(cron="0 10 * * mon", zone="Asia/Omsk", segment="gold", where=(GOLD,), **ALWAYS),
    ),
    (
        'schedule: "0  10 * * 1", segment: gold, again_after: always',
        ScheduleTrigger(cron="0 10 * * 1", zone="Europe/Moscow", segment="gold", where=(GOLD,), **ALWAYS),
    ),
]
PROBLEMS = [
    (
        "when: order_completed, once_per: [order, basket], again_after: always",
        "4:50: unknown value 'basket': use customer, cart, product, order or email",
    ),
    (
        "when: order_completed, once_per: order.statu, again_after: always",
        "4:42: unknown path 'order.statu', did you mean 'order.status'?",
    ),
    (
        "when: order_completed, once_per: cart.total, again_after: always",
        "4:42: 'cart.total' does not tell one entry from another: use a value of the event, like order.status",
    ),
    (
        "when: order_completed, once_per: [order, order], again_after: always",
        "4:50: 'order' stands in this list twice",
    ),
    (
        "when: order_completed, once_per: [customer, order], again_after: always",
        "4:43: every entry is once per customer: leave 'customer' out of the list",
    ),
    (
        "when: order_completed, once_per: [], again_after: always",
        "4:42: at least one thing is needed in the list, like [order, order.status]",
    ),
    (
        "when: order_completed, for_each: cart.items, again_after: always",
        "4:42: unknown list of the event 'cart.items': use order.items",
    ),
    (
        "product: price_drop, who: [subscribed], at_most: 3, again_after: always",
        "4:58: 'at_most' says how few are left: it belongs to low_stock",
    ),
    (
        "product: back_in_stock, who: [subscribed], by: {at_least: 10%}, again_after: always",
        "4:56: 'by' says how far a price has to fall: it belongs to price_drop",
    ),
    (
        "product: low_stock, who: [subscribed], again_after: always",
        "4:8: 'at_most' is missing: how few are left in all stores together, like 3",
    ),
    (
        "product: price_drop, by: {at_least: 10}, who: [favourited], again_after: always",
        "4:45: '10' is not a part in percent below 100: write one like 5%",
    ),
    (
        "product: price_drop, by: {below: price}, who: [favourited], again_after: always",
        "4:42: unknown price 'price': use price_when_added",
    ),
    (
        "product: price_drop, who: [viewed], again_after: always",
        "4:36: 'viewed' is not an audience: write subscribed, favourited, or viewed 30d for those who looked at it",
    ),
    ("segment: sillent, again_after: always", "4:18: unknown segment 'sillent', did you mean 'silent'?"),
    (
        'date: customer.birthdy, at: "10:00", again_after: always',
        "4:15: unknown date of the customer's 'customer.birthdy', did you mean 'customer.birthday'?",
    ),
    (
        'date: customer.level, at: "10:00", again_after: always',
        "4:15: 'customer.level' is neither a date nor a time",
    ),
    (
        "date: customer.birthday, again_after: always",
        "4:8: 'at' is missing: the hour of the customer's own day, like \"10:00\"",
    ),
    (
        'date: customer.birthday, before: 12h, at: "10:00", again_after: always',
        "4:42: '12h' is not a number of days up to 366: write 7d, and the hour in 'at'",
    ),
    (
        'date: customer.birthday, feb_29: mar_1, at: "10:00", again_after: always',
        "4:42: 'feb_29' is for what comes every year: add 'every: year', or leave it out",
    ),
    (
        'schedule: {cron: "0 10 * *"}, segment: gold, again_after: always',
        "4:26: '0 10 * *' is not a schedule (it has to have five fields): \"0 10 * * 1\" is every Monday at 10:00",
    ),
    (
        'schedule: {cron: "0 25 * * 1"}, segment: gold, again_after: always',
        "4:26: '0 25 * * 1' is not a schedule (bad hour): \"0 10 * * 1\" is every Monday at 10:00",
    ),
    (
        'schedule: {cron: "0 10 * * 1", zone: Asia/Omks}, segment: gold, again_after: always',
        "4:46: unknown time zone 'Asia/Omks', did you mean 'Asia/Omsk'?",
    ),
    (
        'schedule: "0 10 * * 1", again_after: always',
        "4:8: 'segment' is missing: the name of a segment of configs/segments.yaml",
    ),
    (
        "segment: silent, if: [{event.cart_id: a}], again_after: always",
        "4:32: unknown path 'event.cart_id'",
    ),
]
SAID_OF_SEGMENTS = [
    ("a: []\n", "1:4: at least one condition is needed in the list"),
    ("a: [{in_segment: a}]\n", "1:18: segment 'a' asks for itself: a → a"),
    (
        "a: [{in_segment: b}]\nb: [{not: {in_segment: c}}]\nc: [{any: [{in_segment: a}]}]\n",
        "3:25: segment 'a' asks for itself: a → b → c → a",
    ),
    ("a: [{in_segment: sillent}]\nsilent: [{did: order_completed}]\n", "1:18: unknown segment 'sillent', did you mean"),
    (
        "a: [{product.price: {more_than: 5}}]\n",
        "1:4: 'product.price' belongs to an entry of a journey: a segment asks about customer.* and what they did",
    ),
    ("a: [{did: order_completed, same: cart}]\n", "1:4: 'same' belongs to an entry of a journey"),
    ("a: [{not: {did: order_completed, since: enter}}]\n", "1:4: 'since' belongs to an entry of a journey"),
    (
        "a: [{did: order_completed, where: [{did: order_completed, same: order}]}]\n",
        "1:4: 'same' belongs to an entry of a journey",
    ),
    (
        'a: [{did: order_completed, where: [{enter: {after: "2027-03-05T12:00+03:00"}}]}]\n',
        "1:4: 'enter' belongs to an entry of a journey",
    ),
    ("a: [{message: hello, was: sent}]\n", "1:15: nothing is sent in this journey before this is asked"),
    ("A b: [{did: order_completed}]\n", "1:1: 'A b' is not a name"),
]


@pytest.fixture
def shop(project: Written) -> Written:
    """The small project with two segments."""
    project.write("segments.yaml", SEGMENTS)
    return project


@pytest.mark.parametrize(("text", "entrance"), FORMS, ids=[text for text, _ in FORMS])
def test_form(shop: Written, text: str, entrance: object) -> None:
    shop.replace(f"enter:\n{ENTER}", f"enter: {{{text}}}\n")
    assert shop.load().journeys["x"].enter == entrance


@pytest.mark.parametrize(("text", "said"), PROBLEMS, ids=[text for text, _ in PROBLEMS])
def test_problem(shop: Written, text: str, said: str) -> None:
    shop.replace(f"enter:\n{ENTER}", f"enter: {{{text}}}\n")
    assert any(line.startswith(said) for line in shop.said()), shop.said()


@pytest.mark.parametrize(("text", "said"), SAID_OF_SEGMENTS, ids=[text for text, _ in SAID_OF_SEGMENTS])
def test_a_segment_that_is_wrong(project: Written, text: str, said: str) -> None:
    project.write("segments.yaml", text)
    assert any(line.startswith(said) for line in project.said("segments.yaml")), project.said("segments.yaml")


def test_a_segment_is_written_out_wherever_it_is_asked_for(shop: Written) -> None:
    shop.write("segments.yaml", SEGMENTS + "both: [{in_segment: silent}, {not: {in_segment: gold}}]\n")
    shop.replace("topic: carts\n", "topic: carts\nonly_while: [{any: [{in_segment: both}, {in_segment: gold}]}]\n")
    loaded = shop.load()
    both = (BOUGHT, NOT_LATELY, Not(of=(GOLD,)))
    assert loaded.segments["both"] == both
    assert loaded.journeys["x"].only_while == (AnyOf(of=(Not(of=(Not(of=both),)), GOLD)),)


def test_what_the_events_of_products_say_is_known(project: Written) -> None:
    project.replace(
        ENTER,
        "  product: price_drop\n  who: [favourited]\n  again_after: 14d\n"
        "  where: [{event.old_price: {at_least: 1000}}, {event.price: {less_than: event.old_price}}]\n",
    )
    assert len(project.load().journeys["x"].enter.where) == 2


def test_an_item_of_the_event_is_known(project: Written) -> None:
    project.replace(
        ENTER,
        "  when: order_completed\n  for_each: order.items\n  once_per: product\n  again_after: always\n"
        "  where: [{event.quantity: {more_than: 1}}, {product.refill_days: {known: true}}]\n",
    )
    assert len(project.load().journeys["x"].enter.where) == 2
