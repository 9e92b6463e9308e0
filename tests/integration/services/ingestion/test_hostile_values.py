"""Values that no database holds, and values of one person that must not stop another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaskad.domain.errors import Rejected
from kaskad.services.ingestion import ingest, segment_events
from tests.support.rules import CARTS
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)

POISON: dict[str, dict[str, Any]] = {
    "consent in a channel of the future": {"event": "consent_given", "properties": {"channel": "telegram"}},
    "consent of no purpose": {"event": "consent_given", "properties": {"channel": "email", "purpose": None}},
    "zone is a folder": {"type": "identify", "traits": {"timezone": "Europe"}},
    "zone is long": {"type": "identify", "traits": {"timezone": "A" * 300}},
    "stock is huge": {
        "event": "product_stock_changed",
        "properties": {"product_id": "pepperoni", "store": "s2", "stock": 3 * 10**9},
    },
    "products are a text": {"event": "Cart Updated", "properties": {"cart_id": "k2", "products": "pizza"}},
    "products are a number": {"event": "Cart Updated", "properties": {"cart_id": "k2", "products": 5}},
    "products of nothing": {"event": "Cart Updated", "properties": {"cart_id": "k2", "products": [None, 1, "x"]}},
    "offset of 23 hours": {"event": "app_opened", "timestamp": "2027-03-02T09:00:00+23:00"},
}
REFUSED: dict[str, dict[str, Any]] = {
    "NUL": {"event": "app_opened", "properties": {"version": "a\0b"}},
    "NUL in a user": {"event": "app_opened", "userId": "a\0b"},
    "NUL in a key": {"event": "app_opened", "properties": {"ver\0sion": 1}},
    "NUL in an id": {"event": "app_opened", "messageId": "a\0b"},
    "half a character": {"event": "app_opened", "properties": {"version": "\ud800"}},
    "NaN": {"event": "app_opened", "properties": {"version": float("nan")}},
    "Infinity": {"event": "product_added", "properties": {"cart_id": "k", "product_id": "p", "quantity": float("inf")}},
    "stock is beyond": {"event": "product_stock_changed", "properties": {"product_id": "p", "stock": "1e30"}},
    "price is huge": {"event": "Product Added", "properties": {"cart_id": "k3", "product_id": "p", "price": 10**13}},
    "quantity is huge": {"event": "Product Added", "properties": {"product_id": "p", "price": 5, "quantity": 10**14}},
    "long user": {"event": "app_opened", "userId": "x" * 501},
    "long product": {"event": "product_viewed", "properties": {"product_id": "x" * 501}},
    "long cart": {"event": "product_added", "properties": {"product_id": "p", "cart_id": "x" * 501}},
    "long event": {"event": "x" * 501},
    "a kind of its own": {"event": "identify", "properties": {"traits": "x"}},
    "raised here": {"event": "back_in_stock", "properties": {}},
}


def read(stack: Stack, number: int, call: dict[str, Any]) -> list[segment_events.IncomingEvent]:
    odd = {"type": "track", "userId": f"odd{number}", "messageId": f"odd{number}", "timestamp": NOON.isoformat()}
    good = stack.call({"type": "track", "event": "app_opened"}, "boris", f"good{number}", None)
    return segment_events.read_batch({"batch": [good, odd | call]}, datetime.now(UTC), stack.project)


async def test_no_value_of_one_person_stops_another(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for number, call in enumerate(POISON.values()):
        await stack.person(f"odd{number}", "email")
        assert (await ingest.ingest(stack.runtime, "site", read(stack, number, call))).new == 2
        await stack.cart(f"odd{number}")
    await stack.person("dima", "email")
    await stack.cart("dima")
    await stack.at(61 * MINUTE)
    await stack.run("abandoned_cart")
    assert ("email", "dima@customer.example") in stack.sent()


async def test_what_no_database_holds_is_rejected(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for name, call in REFUSED.items():
        try:
            read(stack, 0, call)
        except Rejected as error:
            assert "batch[1]" in str(error), name
        else:
            pytest.fail(name)
    assert read(stack, 0, {"event": "app_opened", "properties": {"version": r"a\u0000"}}), "a backslash is one"
