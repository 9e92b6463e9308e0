"""Example customers: messages are checked and previewed with them where there is no database or no customer yet.

They are ordered by how much data they have: one with little data, a usual one, one with long names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from kaskad.domain.journeys.project import ShopInfo

LITTLE_KNOWN, USUAL, LONG_NAMES = EXAMPLES = ("little_known", "usual", "long_names")
IMAGE_PATH = "/example-pictures/"  # these images do not exist: previews draw something in their place


@dataclass(frozen=True, slots=True)
class _ExampleTexts:
    """The texts of an example in one language."""

    first: str
    last: str
    long_first: str
    long_last: str
    city: str
    place: str
    goods: tuple[str, ...]
    long_good: str


_ENGLISH = _ExampleTexts(
    "Anna",
    "Miller",
    "Alexandrina-Victoria",
    "Featherstonehaugh-Cholmondeley",
    "Leeds",
    "12 Station Road",
    ("Kettle 1.7 l", "Teapot for four", "Green tea, 200 g"),
    "Espresso machine with a milk frother, an integrated grinder and a stainless steel drip tray",
)
_RUSSIAN = _ExampleTexts(
    "Анна",
    "Миронова",
    "Александра-Виктория",
    "Константинопольская-Задунайская",
    "Казань",
    "Ленина, 5",
    ("Чайник 1,7 л", "Заварочный чайник на четверых", "Зелёный чай, 200 г"),
    "Кофемашина с капучинатором, встроенной кофемолкой и поддоном из нержавеющей стали",
)
_TEXTS: Mapping[str, _ExampleTexts] = MappingProxyType({"ru": _RUSSIAN, "en": _ENGLISH})


def build_example(name: str, locale: str, shop: ShopInfo, *, now: datetime) -> dict[str, Any]:
    """Returns the example's data, as `load_render_data` reads it of real customers; names in its language."""
    words = _TEXTS.get(locale.partition("-")[0], _ENGLISH)
    goods = _goods(name, words, shop)
    total = sum((Decimal(str(product["price"])) * product["quantity"] for product in goods), Decimal(0))
    order = _order(name, words, goods, total=total, now=now)
    return {
        "entry": {**order, "cart_id": "example", "old_price": "4490", "confirm_url": f"{shop.url}/confirm/example"},
        "attributes": _person(name, words, total, now=now),
        "locale": locale,
        "time_zone": shop.time_zone,
        "cart_id": "example",
        "items": goods,
        "total": total,
        "product": _product(goods[0]),
    }


def example_link_prefixes(shop: ShopInfo) -> tuple[str, ...]:
    """Returns the prefixes of links in example data: nothing of the shop is behind them."""
    return (f"{shop.url}/products/", f"{shop.url}/confirm/example", _image_url(shop))


def _image_url(shop: ShopInfo) -> str:
    """Where examples' images would be: at a host of the shop, for those of others are not used, and encrypted."""
    host = shop.hosts[-1] if shop.hosts else f"images.{urlsplit(shop.url).netloc}"
    return f"https://{host}{IMAGE_PATH}"


def _person(name: str, words: _ExampleTexts, total: Decimal, *, now: datetime) -> dict[str, Any]:
    points = {"balance": 350, "next_expiry": {"at": (now + timedelta(days=7)).isoformat(), "amount": 120}}
    known = {
        "id": "example",
        "points": points,
        "orders": 1,
        "revenue": str(total),
        "last_order": {"at": (now - timedelta(days=90)).isoformat(), "total": str(total)},
    }
    if name == LITTLE_KNOWN:
        return known
    first, last = (words.long_first, words.long_last) if name == LONG_NAMES else (words.first, words.last)
    contacts = {"email": "anna@customer.example", "phone": "+79990000000"}
    return {**known, **contacts, "first_name": first, "last_name": last, "city": words.city, "birthday": "1990-05-17"}


def _goods(name: str, words: _ExampleTexts, shop: ShopInfo) -> list[dict[str, Any]]:
    titles: Sequence[str] = words.goods
    if name == LITTLE_KNOWN:
        titles = titles[:1]
    if name == LONG_NAMES:
        titles = [f"{words.long_good} {number}" for number in range(1, 11)]
    price = 129_990 if name == LONG_NAMES else 1_990
    return [
        {
            "product_id": f"example-{number}",
            "title": title,
            "name": title,
            "price": str(price + 500 * (number - 1)),
            "quantity": number if name == USUAL else 1,
            "url": f"{shop.url}/products/example-{number}",
            "image": None if name == LITTLE_KNOWN else f"{_image_url(shop)}{number}.jpg",
            "in_stock": True,
        }
        for number, title in enumerate(titles, start=1)
    ]


def _order(
    name: str, words: _ExampleTexts, goods: Sequence[Mapping[str, Any]], *, total: Decimal, now: datetime
) -> dict[str, Any]:
    known = {
        "order_id": "2027-0415",
        "total": str(total),
        "discount": "0",
        "status": "ready",
        "products": list(goods),
        "product_id": goods[0]["product_id"],
        "delivered_at": (now - timedelta(days=2)).isoformat(),
    }
    return known if name == LITTLE_KNOWN else {**known, "place": words.place, "coupon": "EXAMPLE10"}


def _product(good: Mapping[str, Any]) -> dict[str, Any]:
    more = {"id": good["product_id"], "old_price": "4490", "category": "kettles", "brand": "Kaskad", "stock": 3}
    return {**good, **more, "in_stock": True, "refill_days": 30}
