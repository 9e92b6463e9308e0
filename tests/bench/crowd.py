"""Customers who bought something an hour ago: the journey `thank_you` asks each of them, now, how it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kaskad.runtime import Runtime
from kaskad.services import incoming, ingest

BOUGHT_AGO = timedelta(hours=1)  # what `thank_you` waits for
AT_ONCE = 4  # requests to ingest
REQUEST = 300  # customers told of in one of them


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many customers with one push token each, who consented to be asked and were sent nothing yet."""

    name: str
    size: int

    @property
    def ids(self) -> list[str]:
        """The customers as the shop names them."""
        return [f"{self.name}-{number:06}" for number in range(self.size)]


def token_of(customer: str) -> str:
    """The customer's one address: a push token."""
    return f"token-of-{customer}"


async def buys(runtime: Runtime, customers: list[str], now: datetime) -> None:
    """Returns when all that is known of them is stored, and they are due in `thank_you` at `now`."""
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
    requests = asyncio.Semaphore(AT_ONCE)

    async def post(some: list[str]) -> None:
        batch = [call for customer in some for call in _calls(customer, now - BOUGHT_AGO)]
        async with requests:
            events = incoming.read_batch({"batch": batch}, datetime.now(UTC), runtime.catalogue.project)
            await ingest.ingest(runtime, "store", events)

    parts = [customers[start : start + REQUEST] for start in range(0, len(customers), REQUEST)]
    await asyncio.gather(*map(post, parts))


def _calls(customer: str, at: datetime) -> list[dict[str, Any]]:
    """What a Segment client sends of one customer."""
    device = {"device": {"token": token_of(customer), "type": "android"}}
    traits = {"firstName": customer, "timezone": "Europe/Moscow"}
    consent = {"purpose": "marketing", "channel": "push"}
    goods = [{"product_id": "pepperoni", "name": "Pepperoni", "price": 549, "quantity": 2}]
    order = {"order_id": f"order-of-{customer}", "place": "store", "total": 1098, "products": goods}
    told: list[dict[str, Any]] = [
        {"type": "identify", "traits": traits, "context": device},
        {"type": "track", "event": "consent_given", "properties": consent},
        {"type": "track", "event": "Order Completed", "properties": order},
    ]
    who = {"userId": customer, "timestamp": at.isoformat()}
    return [{**call, **who, "messageId": f"{customer}/{number}"} for number, call in enumerate(told)]
