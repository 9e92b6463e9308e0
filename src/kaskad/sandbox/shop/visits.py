"""The visits of one customer on the site and in the app: browse, fill a cart, leave it or buy."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kaskad.sandbox.shop import store_sales
from kaskad.sandbox.shop.accounts import source_of
from kaskad.sandbox.shop.calendar import Calendar, while_open
from kaskad.sandbox.shop.catalogue import Line, Product, money, order, total
from kaskad.sandbox.shop.event import (
    ADDED,
    APP_OPENED,
    CART_UPDATED,
    CURRENCY,
    ORDERED,
    REMOVED,
    VIEWED,
    EventRecorder,
    ShopEvent,
    Source,
)
from kaskad.sandbox.shop.people import SHOP_ZONE, Person
from kaskad.sandbox.shop.seeded_random import seeded_random

BROWSE = 0.35  # of all customers
LEAVE_A_CART = 0.15 / BROWSE  # of those who browse
COME_BACK = 0.4  # and buy what they left
EMPTY_IT = 0.08  # or remove everything again
BUY_AT_ONCE = 0.25  # of those who browse and leave no cart
IN_THE_STORE = 0.65  # of those who come back and live where the stores are
STORES = ("Lenina 5", "Mira 12", "Sadovaya 3")
WORTH_REMINDING = Decimal(1000)


@dataclass
class Visit:
    """One visit of one customer; every action moves the visitor's own clock forward."""

    person: Person
    diary: EventRecorder
    rng: random.Random
    at: datetime
    source: Source
    cart: list[Line] = field(default_factory=list)

    @property
    def cart_id(self) -> str:
        """The id of the customer's cart during these days."""
        return f"cart-{self.person.user_id}"

    def pause(self, shortest: int, longest: int) -> None:
        """Lets a random number of seconds pass."""
        self.at += timedelta(seconds=self.rng.randint(shortest, longest))

    def tell(self, name: str, properties: dict[str, Any]) -> None:
        """Records an event at the current time."""
        self.diary.track(self.at, self.source, self.person.user_id, name=name, properties=properties)

    def arrive(self) -> None:
        """Opens the app; on the site there is no event for it."""
        if self.source == "app":
            self.tell(APP_OPENED, {})
            self.pause(5, 60)

    def look(self, product: Product) -> None:
        """Opens a product's page."""
        self.tell(VIEWED, Line(product).segment(self.person.locale) | {"currency": CURRENCY})
        self.pause(20, 240)

    def add(self, product: Product, quantity: int = 1) -> None:
        """Puts a product into the cart."""
        self.cart.append(Line(product, quantity))
        self.tell(ADDED, self._in_cart(self.cart[-1]))
        self.pause(10, 120)

    def remove(self, line: Line) -> None:
        """Removes a line from the cart."""
        self.cart.remove(line)
        self.tell(REMOVED, self._in_cart(line))
        self.pause(5, 60)

    def count_again(self) -> None:
        """Adds one piece to the last line on the cart's page, which reports the whole cart."""
        last = self.cart.pop()
        self.cart.append(Line(last.product, last.quantity + 1))
        lines = [line.segment(self.person.locale) for line in self.cart]
        whole = {"cart_id": self.cart_id, "total": money(total(self.cart)), "currency": CURRENCY, "products": lines}
        self.tell(CART_UPDATED, whole)
        self.pause(10, 60)

    def buy(self) -> None:
        """Orders the cart on the site or in the app; one order in seven with 10% off."""
        off = total(self.cart) / 10 if self.rng.random() < 1 / 7 else Decimal(0)
        number = f"o-{self.person.user_id}-{len(self.diary.events)}"
        cart_id, locale = self.cart_id, self.person.locale
        self.tell(ORDERED, order(number, self.source, self.cart, locale=locale, cart_id=cart_id, discount=off))

    def _in_cart(self, line: Line) -> dict[str, Any]:
        return line.segment(self.person.locale) | {"cart_id": self.cart_id, "currency": CURRENCY}


def build_visits(
    person: Person, shelves: Sequence[Product], in_stock: Sequence[Product], *, calendar: Calendar, seed: int
) -> list[ShopEvent]:
    """All events of this person online during the days, and in a store with what they had left in the online cart.

    Customers view all products of `shelves`, and put only products into a cart that stay `in_stock`.
    """
    rng = seeded_random("visits", seed, person.user_id)
    if rng.random() >= BROWSE:
        return []
    at = calendar.moment(rng, person.time_zone)
    source = source_of(person) if rng.random() < 0.7 else "site"
    visit = Visit(person, EventRecorder("visits", seed, person.user_id), rng, at, source)
    _browse(visit, shelves)
    if rng.random() < LEAVE_A_CART:
        _fill(visit, in_stock)
        _afterwards(visit)
    elif rng.random() < BUY_AT_ONCE:
        _fill(visit, in_stock)
        visit.buy()
    return visit.diary.events


def _browse(visit: Visit, shelves: Sequence[Product]) -> None:
    visit.arrive()
    seen = visit.rng.sample(shelves, visit.rng.randint(2, 6))
    for product in seen:
        visit.look(product)
    if visit.rng.random() < 0.45:
        visit.look(visit.rng.choice(seen))


def _fill(visit: Visit, in_stock: Sequence[Product]) -> None:
    modest = visit.rng.random() < 0.15
    goods = visit.rng.sample(in_stock, 6)
    visit.add(goods.pop(), visit.rng.choice((1, 1, 1, 2)))
    while goods and not modest and total(visit.cart) < WORTH_REMINDING:
        visit.add(goods.pop(), visit.rng.choice((1, 1, 2)))
    if visit.rng.random() < 0.1:
        visit.add(goods[0])
        visit.remove(visit.cart[-1])
    if visit.rng.random() < 0.2:
        visit.count_again()


def _afterwards(visit: Visit) -> None:
    fate = visit.rng.random()
    if fate < COME_BACK:
        visit.pause(*visit.rng.choice(((600, 3_000), (3_600, 6 * 3_600), (6 * 3_600, 30 * 3_600))))
        _come_back(visit)
    elif fate < COME_BACK + EMPTY_IT:
        visit.pause(300, 4 * 3_600)
        for line in list(visit.cart):
            visit.remove(line)


def _come_back(visit: Visit) -> None:
    person, rng = visit.person, visit.rng
    if person.time_zone == SHOP_ZONE and rng.random() < IN_THE_STORE:
        at = while_open(visit.at, rng)
        store_sales.record_sale(
            visit.diary, at, person, order_id=f"till-{person.user_id}", store=rng.choice(STORES), lines=visit.cart
        )
    else:
        visit.arrive()
        visit.buy()
