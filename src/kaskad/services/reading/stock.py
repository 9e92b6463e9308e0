"""Which store has a product, and when that was told. What nobody told is unknown, and never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kaskad.domain.errors import NotFound
from kaskad.domain.values.amounts import read_number
from kaskad.domain.values.plain import Amount, plain
from kaskad.services.ingestion import event_limits
from kaskad.services.reading.deps import ReadingDeps
from kaskad.storage.reading import products

STOCK = "stock."
SHORT = ("category", "similar", "url", "image")


@dataclass(frozen=True, slots=True)
class StoreStock:
    """What one store has. `units` and `told_at` are null where nobody told them."""

    store: str
    units: Amount | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProductStock:
    """A product in short, and its stock by store. `total` is null if no store told of it."""

    product_id: str
    title: str | None
    price: Amount | None
    currency: str
    attributes: dict[str, Any]
    total: Amount | None
    stores: list[StoreStock]


async def load_stock(deps: ReadingDeps, product: str, store: str | None = None) -> ProductStock:
    """Returns the product's stock in every store that told it, or in that one. Raises NotFound for the product."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        row = await products.load_product(connection, product) if event_limits.fits_index(product) else None
    if row is None:
        raise NotFound(f"no source has told of a product '{product:.100}'")
    said, stock = row["attributes"], row["stock"]
    units = [number for told in stock.values() if (number := read_number(told)) is not None]
    return ProductStock(
        product_id=row["id"],
        title=_text(said.get("title")),
        price=plain(read_number(said.get("price"))),
        currency=str(said.get("currency") or deps.catalogue.project.shop.currency),
        attributes={name: plain(said[name]) for name in SHORT if said.get(name) is not None},
        total=plain(sum(units, Decimal(0))) if units else None,
        stores=[_store(row, name) for name in ([store] if store is not None else sorted(stock))],
    )


def _store(row: Mapping[str, Any], store: str) -> StoreStock:
    told = row["told_at"].get(f"{STOCK}{store}")
    units = read_number(row["stock"].get(store))
    return StoreStock(store, plain(units), datetime.fromisoformat(told) if told and units is not None else None)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
