"""One product, as sources told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaskad.storage.database import Connection


async def load_product(connection: Connection, product: str) -> Mapping[str, Any] | None:
    """The `attributes`, `stock` and `told_at` of the product; None if nobody told of it."""
    cursor = await connection.execute(
        "SELECT id, attributes, stock, told_at FROM product WHERE id = %(id)s", {"id": product}
    )
    return await cursor.fetchone()
