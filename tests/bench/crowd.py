"""Customers who left a cart an hour ago: the journey `abandoned_cart` reminds each of them now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kaskad.runtime import Runtime
from kaskad.services import incoming, ingest

LEFT_AGO = timedelta(hours=1)  # for so long `abandoned_cart` waits whether the cart stays as it is
AT_ONCE = 4  # requests to ingest
REQUEST = 300  # customers told of in one of them
PRODUCT = "pepperoni"


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many customers with one push token each, who consented to pushes and were sent nothing yet."""

    name: str
    size: int

    @property
    def ids(self) -> list[str]:
        """The customers as the shop names them."""
        return [f"{self.name}-{number:06}" for number in range(self.size)]


def token_of(customer: str) -> str:
    """The customer's one address: a push token."""
    return f"token-of-{customer}"


async def open_shop(runtime: Runtime, now: datetime) -> None:
    """Returns when what is in the carts is in stock, and the tills have just been heard of."""
    stock = {"product_id": PRODUCT, "store": "s1", "stock": 1_000_000}
    await _ingest(runtime, "store", [_call("warehouse", "product_stock_changed", now, stock)])


async def leave_carts(runtime: Runtime, customers: list[str], now: datetime) -> None:
    """Returns when all that is known of them is stored, and they are due in `abandoned_cart` at `now`."""
    requests = asyncio.Semaphore(AT_ONCE)

    async def post(some: list[str]) -> None:
        async with requests:
            await _ingest(runtime, "site", [call for customer in some for call in _story(customer, now - LEFT_AGO)])

    parts = [customers[start : start + REQUEST] for start in range(0, len(customers), REQUEST)]
    await asyncio.gather(*map(post, parts))


async def _ingest(runtime: Runtime, source: str, batch: list[dict[str, Any]]) -> None:
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
    events = incoming.read_batch({"batch": batch}, datetime.now(UTC), runtime.catalogue.project)
    await ingest.ingest(runtime, source, events)


def _story(customer: str, at: datetime) -> list[dict[str, Any]]:
    """What a Segment client sends of one customer."""
    device = {"device": {"token": token_of(customer), "type": "android"}}
    traits = {"firstName": customer, "timezone": "Europe/Moscow"}
    who = {"type": "identify", "userId": customer, "messageId": f"{customer}/identify", "timestamp": at.isoformat()}
    price = {"name": "Pepperoni", "price": 549, "quantity": 2, "url": f"https://shop.example/products/{PRODUCT}"}
    return [
        {**who, "traits": traits, "context": device},
        _call(customer, "consent_given", at, {"purpose": "marketing", "channel": "push"}),
        _call(customer, "Product Added", at, {"cart_id": f"cart-of-{customer}", "product_id": PRODUCT, **price}),
    ]


def _call(customer: str, event: str, at: datetime, properties: dict[str, Any]) -> dict[str, Any]:
    told = {"type": "track", "event": event, "properties": properties}
    return {**told, "userId": customer, "messageId": f"{customer}/{event}", "timestamp": at.isoformat()}
