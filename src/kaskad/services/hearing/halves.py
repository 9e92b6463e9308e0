"""What the database cannot store spoils itself alone: it is looked for in halves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import psycopg

from kaskad.domain.errors import Unavailable
from kaskad.services.patience import is_of_the_data

Item = TypeVar("Item")
Done = TypeVar("Done")


async def in_halves(
    items: Sequence[Item],
    store: Callable[[Sequence[Item]], Awaitable[Done]],
    spoilt: Callable[[Item, psycopg.Error], Done],
) -> list[Done]:
    """What `store` made of the items, in one transaction or in several; `spoilt` of each that cannot be stored.

    Raises Unavailable for whatever else went wrong: those that were stored before it stay.
    """
    if not items:
        return []
    try:
        return [await store(items)]
    except psycopg.Error as error:
        if not is_of_the_data(error):
            raise Unavailable(f"it was not stored: {error}") from error
        why = error
    if len(items) == 1:
        return [spoilt(items[0], why)]
    middle = len(items) // 2
    return [*await in_halves(items[:middle], store, spoilt), *await in_halves(items[middle:], store, spoilt)]
