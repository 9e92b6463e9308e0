"""The shop's catalogue, and products in the format of Segment's e-commerce events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kaskad.sandbox.shop.event import CURRENCY
from kaskad.sandbox.shop.product_list import PRODUCT_LINES
from kaskad.sandbox.shop.seeded_random import seeded_random

ONLINE_STORE = "online"  # the stock that site and app sell from
SHOP_URL = "https://shop.example"
KOLYAS_PIZZA, KOLYAS_DRINK = "pepperoni", "cola"


@dataclass(frozen=True, slots=True)
class Product:
    """A product for sale. `title` by language, `price` in roubles, `stock` in pieces at `ONLINE_STORE`."""

    id: str
    title: Mapping[str, str]
    price: Decimal
    category: str
    url: str
    image_url: str
    stock: int


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity of one product in a cart or an order."""

    product: Product
    quantity: int = 1

    def segment(self, locale: str) -> dict[str, Any]:
        """The line as a product of Segment's e-commerce events."""
        product = self.product
        return {
            "product_id": product.id,
            "name": product.title[locale[:2]],
            "category": product.category,
            "price": float(product.price),
            "quantity": self.quantity,
            "url": product.url,
            "image_url": product.image_url,
        }


def total(lines: Sequence[Line]) -> Decimal:
    """The price of the lines, in roubles."""
    return sum((line.product.price * line.quantity for line in lines), Decimal(0))


def money(amount: Decimal) -> float:
    """The amount as JSON's number, to the kopeck."""
    return float(round(amount, 2))


def order(
    order_id: str,
    place: str,
    lines: Sequence[Line],
    *,
    locale: str,
    cart_id: str | None = None,
    discount: Decimal = Decimal(0),
) -> dict[str, Any]:
    """The properties of `Order Completed`: `total` is what was paid, after the `discount`, in roubles."""
    properties = {
        "order_id": order_id,
        "place": place,
        "total": money(total(lines) - discount),
        "discount": money(discount),
        "currency": CURRENCY,
        "products": [line.segment(locale) for line in lines],
    }
    return properties | ({"cart_id": cart_id} if cart_id else {})


def catalogue(seed: int) -> list[Product]:
    """All products for sale; the seed decides how many pieces are in stock."""
    return [_product(line, seed) for line in PRODUCT_LINES.strip().splitlines()]


def _product(line: str, seed: int) -> Product:
    product_id, russian, english, price, category = (part.strip() for part in line.split(";"))
    return Product(
        id=product_id,
        title={"ru": russian, "en": english},
        price=Decimal(price),
        category=category,
        url=f"{SHOP_URL}/p/{product_id}",
        image_url=f"{SHOP_URL}/img/{product_id}.jpg",
        stock=seeded_random("stock", seed, product_id).randint(20, 200),
    )
