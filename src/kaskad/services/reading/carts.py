"""Carts as they are read, with the tag that a writer has to know."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from kaskad.domain.cart import ONE_CART
from kaskad.domain.journeys.project import ShopInfo
from kaskad.domain.values.amounts import read_number
from kaskad.domain.values.plain import Amount, plain
from kaskad.services.naming import find_person
from kaskad.services.reading.deps import ReadingDeps
from kaskad.storage.database import Connection
from kaskad.storage.reading import people
from kaskad.storage.reading.people import FoundPerson

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CartShown:
    """A cart. `total` is null if it is not known; `updated_at` is null if nobody ever told of this cart.

    `etag` changes with each change of the cart.
    """

    cart_id: str
    items: list[dict[str, Any]]
    total: Amount | None
    currency: str
    updated_at: datetime | None
    etag: str


def show_cart(row: Row, shop: ShopInfo) -> CartShown:
    """Returns the cart of a stored row."""
    items, total = [_line(item) for item in row["items"]], plain(row["total"])
    said = [row["cart_id"], items, total, row["currency"], row["updated_at"].astimezone(UTC), row["change"]]
    return CartShown(
        cart_id=row["cart_id"],
        items=items,
        total=total,
        currency=row["currency"] or shop.currency,
        updated_at=row["updated_at"],
        etag=_tag(said),
    )


def _line(item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the line with its price as a number: it is stored as text, so that nothing rounds it."""
    price = read_number(item.get("price"))
    return {**plain(dict(item)), "price": plain(price)}


def empty_cart(cart: str, shop: ShopInfo) -> CartShown:
    """Returns a cart that nobody told of yet."""
    return CartShown(cart, [], 0, shop.currency, None, _tag([cart]))


def _tag(said: list[Any]) -> str:
    return f'"{hashlib.blake2b(orjson.dumps(said), digest_size=12).hexdigest()}"'


async def load_cart(deps: ReadingDeps, named: str, cart: str | None = None) -> CartShown:
    """Returns the customer's cart of that id, else the one that changed last. Raises NotFound for the customer."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        person = await find_person(connection, named, deps.catalogue.project)
        return await read_cart(connection, person, cart, shop=deps.catalogue.project.shop)


async def read_cart(connection: Connection, person: FoundPerson, cart: str | None, *, shop: ShopInfo) -> CartShown:
    """Returns the person's cart of that id, else the one that changed last; an empty one if there is none."""
    rows = await people.load_carts(connection, person, cart=cart, limit=1)
    return show_cart(rows[0], shop) if rows else empty_cart(cart or ONE_CART, shop)
