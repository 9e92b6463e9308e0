"""Customers who left a cart an hour ago: the journey `abandoned_cart` reminds each of them now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kaskad.runtime import Runtime
from kaskad.services.ingestion import ingest, segment_events

LEFT_AGO = timedelta(hours=1)  # for so long `abandoned_cart` waits whether the cart stays as it is
AT_ONCE = 4  # requests to ingest
REQUEST = 300  # customers told of in one of them
PRODUCTS = ("pepperoni", "margherita", "quattro-formaggi", "diavola", "capricciosa")
PRICE = 549
SOLD_OUT = "rare"
VISIT = 10  # events of one visitor


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many customers with one address each, in one channel, who consented to it and were sent nothing yet."""

    name: str
    size: int
    channel: str = "email"

    @property
    def ids(self) -> list[str]:
        """The customers as the shop names them."""
        return [f"{self.name}-{number:06}" for number in range(self.size)]


def address_of(customer: str) -> str:
    """The customer's one address."""
    return f"{customer}@mail.example"


def known_of(customer: str) -> dict[str, Any]:
    """What Kaskad would read of the customer before it renders, for engines that have no ledger."""
    attributes = {"first_name": customer, "email": address_of(customer)}
    items = [
        {**_line(product), "title": _line(product)["name"], "image": _line(product)["image_url"]}
        for product in PRODUCTS
    ]
    cart = {"cart_id": f"cart-of-{customer}", "items": items, "total": str(2 * PRICE * len(items))}
    person = {"attributes": attributes, "locale": "en", "time_zone": "Europe/Moscow"}
    return {**person, **cart, "product": None, "entry": {"cart_id": cart["cart_id"]}}


async def open_shop(runtime: Runtime, now: datetime) -> None:
    """Returns when what is in the carts is in stock, and the tills have just been heard of."""
    await _ingest(runtime, "store", [stock_of(product, 1_000_000, now) for product in PRODUCTS])


async def leave_carts(runtime: Runtime, customers: list[str], now: datetime, channel: str = "email") -> None:
    """Returns when all that is known of them is stored, and they are due in `abandoned_cart` at `now`."""
    requests = asyncio.Semaphore(AT_ONCE)

    def stories(some: list[str]) -> list[dict[str, Any]]:
        return [call for customer in some for call in _story(customer, now - LEFT_AGO, channel)]

    async def post(some: list[str]) -> None:
        async with requests:
            await _ingest(runtime, "site", stories(some))

    parts = [customers[start : start + REQUEST] for start in range(0, len(customers), REQUEST)]
    await asyncio.gather(*map(post, parts))


async def _ingest(runtime: Runtime, source: str, batch: list[dict[str, Any]]) -> None:
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
    events = segment_events.read_batch({"batch": batch}, datetime.now(UTC), runtime.catalogue.project)
    await ingest.ingest(runtime, source, events)


def _story(customer: str, at: datetime, channel: str = "email") -> list[dict[str, Any]]:
    """What a Segment client sends of one customer."""
    traits = {"firstName": customer, "timezone": "Europe/Moscow", "locale": "en", channel: address_of(customer)}
    who = {"type": "identify", "userId": customer, "messageId": f"{customer}/identify", "timestamp": at.isoformat()}
    cart = {"cart_id": f"cart-of-{customer}", "products": [_line(product) for product in PRODUCTS]}
    return [
        {**who, "traits": traits},
        _call(customer, "consent_given", at, {"purpose": "marketing", "channel": channel}),
        _call(customer, "Cart Updated", at, cart),
    ]


def _line(product: str) -> dict[str, Any]:
    name = f"{product.replace('-', ' ').title()}, stone-baked, 32 cm, 520 g"
    url, image = f"https://shop.example/products/{product}", f"https://cdn.shop.example/products/{product}/280x280.jpg"
    return {"product_id": product, "name": name, "price": PRICE, "quantity": 2, "url": url, "image_url": image}


def _call(customer: str, event: str, at: datetime, properties: dict[str, Any], about: str = "") -> dict[str, Any]:
    call = {"type": "track", "event": event, "properties": properties}
    id_ = f"{customer}/{event}/{about}/{at.timestamp():.0f}"
    return {**call, "userId": customer, "messageId": id_, "timestamp": at.isoformat()}


def site_events(name: str, count: int, at: datetime) -> list[dict[str, Any]]:
    """So many events of visitors, ten of each: who they are (a phone and a card too), a consent, six looks at products,
    one into the cart, and the whole cart."""
    return [event for number in range(-(-count // VISIT)) for event in _visit(f"{name}-{number}", number, at)][:count]


def _visit(visitor: str, number: int, at: datetime) -> list[dict[str, Any]]:
    who, consent, cart = _story(visitor, at)
    who["traits"] |= {"phone": f"+7916{number:07}", "card": f"{7_000_000_000 + number}"}
    looks = [
        _call(visitor, "Product Viewed", at, _look_at(number * VISIT + look), str(look)) for look in range(VISIT - 4)
    ]
    added = {**_look_at(number), "cart_id": f"cart-of-{visitor}", "quantity": 1}
    return [who, consent, *looks, _call(visitor, "Product Added", at, added), cart]


def _look_at(number: int) -> dict[str, Any]:
    product = f"product-{number % 500}"
    return {key: value for key, value in _line(product).items() if key != "quantity"}


def subscriptions(people: int, at: datetime) -> list[dict[str, Any]]:
    """So many people ask to be told when the product is back; nothing else is known of them, no address either."""
    return [
        _call(f"asks-{number:06}", "Product Subscribed", at - LEFT_AGO, {"product_id": SOLD_OUT})
        for number in range(people)
    ]


def stock_of(product: str, units: int, at: datetime) -> dict[str, Any]:
    """What a warehouse says of one product."""
    return _call(
        "warehouse", "product_stock_changed", at, {"product_id": product, "store": "s1", "stock": units}, product
    )
