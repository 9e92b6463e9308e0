"""Whatever comes in is stored or rejected with a sentence, and breaks nothing for the others of its batch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaskad.domain.errors import Rejected
from kaskad.services.ingestion import ingest, segment_events
from tests.support.rules import with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

SHIPPED = ("abandoned_cart", "browse_abandonment", "thank_you")
LONG = "x" * 20_000
DEEP: Any = 0
for _ in range(300):
    DEEP = [DEEP]


def cart(**said: Any) -> dict[str, Any]:
    return {"event": "Product Added", "properties": {"cart_id": "k2", "product_id": "p", "price": 5} | said}


def order(**said: Any) -> dict[str, Any]:
    return {"event": "Order Completed", "properties": {"order_id": "o1", "cart_id": "k2"} | said}


def traits(**said: Any) -> dict[str, Any]:
    return {"type": "identify", "traits": said}


ODD = {
    "long text": {"event": "app_opened", "properties": {"version": LONG}},
    "nameless": {"event": "!!!"},
    "price is a text": cart(price="dear"),
    "price is a list": cart(price=[1]),
    "quantity is none": cart(quantity=None),
    "quantity is a half": cart(quantity=2.5),
    "quantity is a word": cart(quantity="two"),
    "quantity is a list": cart(quantity=[1]),
    "stock is a word": {"event": "product_stock_changed", "properties": {"product_id": "p", "stock": "many"}},
    "cart is a mapping": cart(cart_id={"a": 1}),
    "no product": {"event": "Product Added", "properties": {"cart_id": "k2"}},
    "order of nonsense": order(total={"x": 1}, products=[1, None, "x"], discount="all"),
    "order of no list": order(products="pizza", total="abc"),
    "order named by a list": order(order_id=["a"]),
    "viewed a mapping": {"event": "product_viewed", "properties": {"product_id": {"a": 1}, "price": "x", "name": [1]}},
    "stock of nothing": {"event": "product_stock_changed", "properties": {"stock": 3}},
    "zone is a number": traits(timezone=5),
    "zone is a mapping": traits(timezone={"a": 1}),
    "zone out of bounds": traits(timezone="../../etc/passwd"),
    "zone is a path": traits(timezone="/etc/localtime"),
    "zone of another alphabet": traits(timezone="Москва"),
    "locale is a list": traits(locale=["ru"]),
    "card is a mapping": traits(card={"a": 1}),
    "price is not a number": cart(price="sNaN"),
    "price without end": cart(price="Infinity"),
    "price is NaN": cart(price="NaN", quantity=1),
    "user is a number": {"event": "app_opened", "userId": 5},
    "consent of a list": {
        "event": "consent_given",
        "properties": {"purpose": ["x"], "channel": "email", "topic": {"a": 1}},
    },
}

WRONG = {
    "deep": {"event": "app_opened", "properties": {"version": DEEP}},
    "price of 50 digits": cart(price=10**50),
    "quantity without end": cart(quantity="1e999999999"),
    "quantity of an endless exponent": cart(quantity="1e" + "9" * 30),
    "total of 400 digits": order(total="9" * 400),
    "id is a number": {"event": "app_opened", "messageId": 5},
    "id is long": {"event": "app_opened", "messageId": "x" * 201},
    "event is a list": {"event": ["app_opened"]},
    "event is empty": {"event": ""},
    "properties are a list": {"event": "app_opened", "properties": [1]},
    "traits are a text": {"type": "identify", "traits": "x"},
    "context is a number": {"event": "app_opened", "context": 5},
    "nobody": {"event": "app_opened", "userId": None},
    "user is a mapping": {"event": "app_opened", "userId": {"a": 1}},
    "user is true": {"event": "app_opened", "userId": True},
    "nobody again": {"event": "app_opened", "userId": ""},
    "time is a number": {"event": "app_opened", "timestamp": 17},
    "time is a word": {"event": "app_opened", "timestamp": "yesterday"},
    "time of another age": {"event": "app_opened", "timestamp": "9999-12-31T23:59:59Z"},
    "time before time": {"event": "app_opened", "timestamp": "0001-01-01T00:00:00+14:00"},
    "time is no time": {"event": "app_opened", "timestamp": "2027-02-30T00:00:00Z"},
}

NO_BATCH: list[Any] = [[], "x", 5, None, {"batch": "x"}, {"batch": [5]}]


def batch_with(call: dict[str, Any], stack: Stack, number: int = 0) -> list[segment_events.IncomingEvent]:
    """The call between two good ones, as read."""
    odd = {"type": "track", "userId": f"odd{number}", "messageId": f"odd{number}", "timestamp": NOON.isoformat()} | call
    before, after = [
        stack.call({"type": "track", "event": "app_opened"}, "boris", f"{when}{number}", None)
        for when in ("before", "after")
    ]
    return segment_events.read_batch({"batch": [before, odd, after]}, datetime.now(UTC), stack.project)


async def stored_ids(stack: Stack) -> set[str]:
    """The ids of all events."""
    return {row["message_id"] for row in await stack.rows("SELECT message_id FROM event")}


async def test_an_odd_value_is_stored_and_breaks_nothing(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(keep=SHIPPED))
    await stack.person("dima", "email")
    for number, (name, call) in enumerate(ODD.items()):
        await stack.person(f"odd{number}", "email")
        await ingest.ingest(stack.runtime, "site", batch_with(call, stack, number))
        assert await stored_ids(stack) >= {f"before{number}", f"odd{number}", f"after{number}"}, name
        await stack.cart(f"odd{number}", "k1", price=2000)
    await stack.cart("dima", "k1", price=2000)
    await stack.at(timedelta(minutes=61))
    for journey in SHIPPED:
        await stack.run(journey)
    assert ("email", "dima@customer.example") in stack.sent(), "who is decided in the same pass gets the message"


async def test_what_cannot_be_read_is_rejected_with_its_place(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(keep=SHIPPED))
    for name, call in WRONG.items():
        with pytest.raises(Rejected, match=r"batch\[1\]") as rejected:
            batch_with(call, stack)
        assert rejected, name
    for payload in NO_BATCH:
        with pytest.raises(Rejected):
            segment_events.read_batch(payload, NOON, stack.project)


@pytest.mark.parametrize(
    "phone", ["112", "0", "+7", "12-34", "()-", "no phone", "1234567890123456", "00000000", 112, True]
)
async def test_what_is_no_person_s_number_is_no_contact(phone: object, stack: Stack) -> None:
    await stack.identify("anna", phone=phone, email="anna@customer.example")
    await stack.identify("boris", phone="+7 (916) 000-00-05")
    known = await stack.rows("SELECT channel FROM contact WHERE state <> 'removed' ORDER BY customer_id, channel")
    assert [row["channel"] for row in known] == ["email", "call", "sms", "viber"]
