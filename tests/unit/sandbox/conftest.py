"""One shop of 2,000 customers for all tests of this folder: reading it is the expensive part, and nobody changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kaskad.sandbox.shop.catalogue import Product, catalogue
from kaskad.sandbox.shop.event import ShopEvent
from kaskad.sandbox.shop.people import Person, generate_customers
from kaskad.sandbox.shop.timeline import build_timeline

SEED = 7
MOSCOW = ZoneInfo("Europe/Moscow")
START = datetime(2026, 3, 2, tzinfo=MOSCOW)


@dataclass(frozen=True)
class Shop:
    people: Sequence[Person]
    products: Sequence[Product]
    events: Sequence[ShopEvent]
    start: datetime = START
    zone: ZoneInfo = MOSCOW
    seed: int = SEED

    def named(self, *names: str) -> list[ShopEvent]:
        return [event for event in self.events if event.name in names]


@pytest.fixture(scope="session")
def shop() -> Shop:
    people, products = generate_customers(2_000, SEED), catalogue(SEED)
    return Shop(people, products, build_timeline(people, products, START, days=4, seed=SEED))
