"""Products that are sold out on the first day and come back, and the customers who wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from kaskad.sandbox.shop.accounts import source_of
from kaskad.sandbox.shop.calendar import Calendar
from kaskad.sandbox.shop.catalogue import KOLYAS_DRINK, KOLYAS_PIZZA, ONLINE_STORE, Line, Product
from kaskad.sandbox.shop.event import CURRENCY, STOCK_CHANGED, SUBSCRIBED, VIEWED, EventRecorder, ShopEvent
from kaskad.sandbox.shop.people import Person
from kaskad.sandbox.shop.seeded_random import seeded_random

SOLD_OUT = 6  # products
SUBSCRIBE = 0.023  # of all customers
WAREHOUSE = "warehouse"  # the event has no user, but Segment needs one


def choose_sold_out(products: Sequence[Product], seed: int) -> list[Product]:
    """The products that are sold out, never those of Kolya's cart."""
    candidates = [product for product in products if product.id not in {KOLYAS_PIZZA, KOLYAS_DRINK}]
    return seeded_random("sold out", seed).sample(candidates, SOLD_OUT)


def build_stock_changes(products: Sequence[Product], calendar: Calendar, seed: int) -> list[ShopEvent]:
    """The stock feed: each product is sold out in the morning of day 1 and back at some hour of day 2 or 3."""
    diary = EventRecorder("stock", seed)
    for product in choose_sold_out(products, seed):
        rng = seeded_random("back", seed, product.id)
        gone = calendar.at(1, f"{rng.randint(8, 10):02}:{rng.randint(0, 59):02}")
        back = calendar.at(rng.choice((2, 3)), f"{rng.randint(9, 17):02}:{rng.randint(0, 59):02}")
        _tell_stock(diary, gone, product, stock=0)
        _tell_stock(diary, back, product, stock=rng.randint(5, 40))
    return diary.events


def build_subscription(
    person: Person, products: Sequence[Product], calendar: Calendar, *, seed: int
) -> list[ShopEvent]:
    """For a few customers: they view a product that is sold out on day 1, and subscribe to its return."""
    rng = seeded_random("subscription", seed, person.user_id)
    if rng.random() >= SUBSCRIBE or not person.channels:
        return []
    product = rng.choice(choose_sold_out(products, seed))
    at = calendar.at(1, "11:00") + timedelta(seconds=rng.randint(0, 10 * 3_600))
    diary, source = EventRecorder("subscription", seed, person.user_id), source_of(person)
    diary.track(
        at,
        source,
        person.user_id,
        name=VIEWED,
        properties=Line(product).segment(person.locale) | {"currency": CURRENCY},
    )
    diary.track(
        at + timedelta(seconds=40), source, person.user_id, name=SUBSCRIBED, properties={"product_id": product.id}
    )
    return diary.events


def _tell_stock(diary: EventRecorder, at: datetime, product: Product, *, stock: int) -> None:
    properties = {"product_id": product.id, "store": ONLINE_STORE, "stock": stock}
    diary.track(at, "store", None, name=STOCK_CHANGED, properties=properties, anonymous_id=WAREHOUSE)
