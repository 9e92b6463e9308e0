"""A month of a shop as a file of Segment calls: any number of events and customers, always the same for a seed.

The demo's days use recorded purchases; this month depends only on its seed, so it can have any size.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kaskad.sandbox.shop.catalogue import Line, Product, catalogue, money, order, total
from kaskad.sandbox.shop.people import Person, generate_customers
from kaskad.sandbox.shop.seeded_random import seeded_random

Call = dict[str, Any]  # in Segment's format, with the `source` that sent it
REGULARS = 20  # one customer of this many is a regular: every fourth visit is theirs
STOCK_CHANGES = 6  # how often a product is sold out and comes back
STORES = ("Lenina 5", "Mira 12", "Sadovaya 3")


def generate_month(people: int, events: int, start: datetime, *, days: int = 30, seed: int = 7) -> list[Call]:
    """Exactly `events` calls of `people` customers from `start` (aware) on, in the order of their times.

    It needs at least twice as many events as people, and a few for the stock, because each customer is created first.
    """
    goods = catalogue(seed)
    calls = [*_stock_calls(goods, start, days, seed=seed), *_store_calls(start, days)]
    crowd = generate_customers(people, seed)
    for person in crowd:
        calls += _identify_calls(person, start, seed)
    calls += _visits(crowd, goods, start, days=days, seed=seed, events=events - len(calls))
    return sorted(calls[:events], key=lambda call: (call["timestamp"], call["messageId"]))


def write_calls(calls: Iterable[Call], path: Path) -> None:
    """Writes the calls to the file, one per line."""
    with path.open("w", encoding="utf-8") as file:
        for call in calls:
            file.write(json.dumps(call, ensure_ascii=False, separators=(",", ":")) + "\n")


def _call(person: str, at: datetime, number: object, *, event: str, said: dict[str, Any], source: str = "site") -> Call:
    call: Call = {"type": "track", "event": event, "properties": said}
    return call | {"source": source, "userId": person, "messageId": f"{person}/{number}", "timestamp": at.isoformat()}


def _identify_calls(person: Person, start: datetime, seed: int) -> Iterator[Call]:
    at = start + timedelta(seconds=seeded_random("introduced", seed, person.user_id).randint(0, 3_600))
    traits = {
        "firstName": person.first_name,
        "locale": person.locale,
        "timezone": person.time_zone,
        "email": person.email,
        "phone": person.phone,
        "webpush": person.webpush,
    }
    context = {"device": {"token": person.push_token, "type": person.device}} if person.push_token else {}
    who = _call(person.user_id, at, "identify", event="", said={}) | {"type": "identify", "context": context}
    yield {**who, "traits": {key: value for key, value in traits.items() if value}}
    given = "consent_given" if person.consents else "consent_withdrawn"
    yield _call(person.user_id, at, "consent", event=given, said={"purpose": "marketing"})


def _stock_calls(goods: list[Product], start: datetime, days: int, *, seed: int) -> Iterator[Call]:
    """The calls of the stock: everything is in stock; sometimes a product is sold out for a day."""
    for product in goods:
        yield _stock(product, start, 50)
    rng = seeded_random("shelves", seed)
    for _ in range(STOCK_CHANGES):
        product, at = rng.choice(goods), start + timedelta(minutes=rng.randint(60, days * 1_440))
        yield _stock(product, at, 0)
        yield _stock(product, at + timedelta(days=1), 40)


def _stock(product: Product, at: datetime, units: int) -> Call:
    said = {"product_id": product.id, "store": "online", "stock": units}
    return _call(
        "warehouse", at, f"{product.id}/{at.isoformat()}", event="product_stock_changed", said=said, source="store"
    )


def _store_calls(start: datetime, days: int) -> Iterator[Call]:
    """The calls of the stores: one every twenty minutes while they are open."""
    for minute in range(0, days * 1_440, 20):
        yield _call("till", start + timedelta(minutes=minute), minute, event="app_opened", said={}, source="store")


def _visits(
    people: list[Person], goods: list[Product], start: datetime, *, days: int, seed: int, events: int
) -> list[Call]:
    """Visits of random customers, until there are enough events."""
    rng = seeded_random("month", seed)
    calls: list[Call] = []
    visit = 0
    while len(calls) < events:
        person = rng.choice(people[: 1 + len(people) // REGULARS] if visit % 4 == 0 else people)
        at = start + timedelta(seconds=7_200 + rng.randint(0, days * 86_400 - 90_000))
        calls += _visit(person, visit, goods, at=at, rng=seeded_random("visit", seed, visit))
        visit += 1
    return calls[: max(events, 0)]


def _visit(person: Person, visit: int, goods: list[Product], *, at: datetime, rng: random.Random) -> list[Call]:
    """The calls of one visit: a third of the visitors fill a cart; a third of these buy, some of them in a store."""
    calls: list[Call] = []

    def tell(event: str, said: dict[str, Any], source: str = "site") -> None:
        nonlocal at
        calls.append(_call(person.user_id, at, f"{visit}/{len(calls)}", event=event, said=said, source=source))
        at += timedelta(seconds=rng.randint(15, 300))

    seen = [rng.choice(goods) for _ in range(rng.randint(1, 5))]
    for product in seen:
        tell("Product Viewed", Line(product).segment(person.locale))
    if rng.random() < 0.35:
        _fill(person, visit, seen, rng=rng, tell=tell)
        if rng.random() < 0.35:
            at += timedelta(minutes=rng.choice((2, 20, 300, 1_500)))
            _buy(person, visit, seen, rng=rng, tell=tell)
    return calls


def _fill(person: Person, visit: int, seen: list[Product], *, rng: random.Random, tell: Any) -> None:
    cart = {"cart_id": f"cart-{person.user_id}-{visit}"}
    for product in seen:
        tell("Product Added", Line(product, rng.choice((1, 2))).segment(person.locale) | cart)
    if rng.random() < 0.15:
        for product in seen:
            tell("Product Removed", Line(product, 2).segment(person.locale) | cart)


def _buy(person: Person, visit: int, seen: list[Product], *, rng: random.Random, tell: Any) -> None:
    place = rng.choice(("site", "app", "store"))
    lines = [Line(product) for product in seen]
    off = money(total(lines) / 10) if rng.random() < 0.15 else 0.0
    cart = None if place == "store" else f"cart-{person.user_id}-{visit}"
    said = order(f"o-{person.user_id}-{visit}", place, lines, locale=person.locale, cart_id=cart) | {"discount": off}
    tell("Order Completed", said | ({"store": rng.choice(STORES)} if place == "store" else {}), place)
