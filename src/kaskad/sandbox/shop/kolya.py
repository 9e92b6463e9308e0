"""Kolya's two days: the one story of the demo that is written by hand.

He looks at a pizza twice and buys nothing. Next day he puts it into the cart in the app, and buys it in the store
before any reminder is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from kaskad.sandbox.shop import store_sales
from kaskad.sandbox.shop.calendar import Calendar
from kaskad.sandbox.shop.catalogue import KOLYAS_DRINK, KOLYAS_PIZZA, Product
from kaskad.sandbox.shop.event import EventRecorder, ShopEvent
from kaskad.sandbox.shop.people import Person
from kaskad.sandbox.shop.seeded_random import seeded_random
from kaskad.sandbox.shop.visits import Visit

STORE = "Lenina 5"


def build_story(kolya: Person, products: Mapping[str, Product], calendar: Calendar, *, seed: int) -> list[ShopEvent]:
    """Kolya's events, at fixed local times of days 1 and 2."""
    pizza, drink = products[KOLYAS_PIZZA], products[KOLYAS_DRINK]
    diary = EventRecorder("kolya", seed)
    visit = Visit(kolya, diary, seeded_random("kolya", seed), calendar.at(1, "12:05"), "app")
    visit.arrive()
    visit.at = calendar.at(1, "12:10")
    visit.look(pizza)
    visit.at, visit.source = calendar.at(1, "12:40"), "site"
    visit.look(pizza)
    visit.at, visit.source = calendar.at(2, "11:20"), "app"
    visit.arrive()
    visit.at = calendar.at(2, "12:05")
    visit.add(pizza)
    visit.at = calendar.at(2, "12:05") + timedelta(seconds=30)
    visit.add(drink, quantity=2)
    store_sales.record_sale(diary, calendar.at(2, "12:40"), kolya, order_id="till-kolya", store=STORE, lines=visit.cart)
    return diary.events
