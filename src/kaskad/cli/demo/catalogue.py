"""The shop's catalogue as events: names, prices and stock of the products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

from kaskad.sandbox.shop.catalogue import ONLINE_STORE, Product
from kaskad.sandbox.shop.event import NAMESPACE, STOCK_CHANGED, ShopEvent

FEED_SOURCE = "warehouse"


def catalogue_events(products: Sequence[Product], at: datetime) -> Iterator[ShopEvent]:
    """Two events for each product, as the warehouse's feed would post them when the shop opens."""
    for product in products:
        described = {
            "product_id": product.id,
            "name": product.title["ru"],
            "title_ru": product.title["ru"],
            "title_en": product.title["en"],
            "price": float(product.price),
            "category": product.category,
            "url": product.url,
            "image_url": product.image_url,
        }
        yield _event("product_updated", product, described, at=at)
        stock = {"product_id": product.id, "store": ONLINE_STORE, "stock": product.stock}
        yield _event(STOCK_CHANGED, product, stock, at=at)


def _event(name: str, product: Product, properties: dict[str, Any], *, at: datetime) -> ShopEvent:
    return ShopEvent(
        message_id=uuid5(NAMESPACE, f"catalogue:{name}:{product.id}"),
        at=at,
        source="store",  # everybody knows the keys of site and app: the catalogue is not theirs to tell
        kind="track",
        user=None,
        anonymous_id=FEED_SOURCE,
        name=name,
        properties=properties,
    )
