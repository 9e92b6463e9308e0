"""What the database cannot store spoils itself alone: it is looked for in halves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import psycopg

from kaskad.domain.errors import Unavailable

Item = TypeVar("Item")
Done = TypeVar("Done")
UNSTORABLE = ("22", "54")  # SQLSTATE classes: a value that no column holds; more than a row or an index takes


async def in_halves(
    items: Sequence[Item],
    store: Callable[[Sequence[Item]], Awaitable[Done]],
    spoilt: Callable[[Item], Done],
) -> list[Done]:
    """What `store` made of the items, in one transaction or in several; `spoilt` of each that cannot be stored.

    Raises Unavailable for whatever else went wrong: those that were stored before it stay.
    """
    try:
        return [await store(items)] if items else []
    except (psycopg.Error, Unavailable) as error:
        told = isinstance(error, Unavailable)
        if not _is_unstorable(error.__cause__ if told else error):
            raise error if told else Unavailable(f"it was not stored: {error}") from error
    if len(items) == 1:
        return [spoilt(items[0])]
    middle = len(items) // 2
    return [*await in_halves(items[:middle], store, spoilt), *await in_halves(items[middle:], store, spoilt)]


def _is_unstorable(error: BaseException | None) -> bool:
    if isinstance(error, psycopg.DataError):
        return True  # also what never got as far as to have a SQLSTATE
    return isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(UNSTORABLE)
