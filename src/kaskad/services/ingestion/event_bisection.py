"""Stores a batch; if the database cannot store an item, bisects the batch to find it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import psycopg

from kaskad.domain.errors import Unavailable
from kaskad.services.failures.bisection import run_by_bisection
from kaskad.services.failures.retry import is_data_error

Item = TypeVar("Item")
Done = TypeVar("Done")


async def store_by_bisection(
    items: Sequence[Item],
    store: Callable[[Sequence[Item]], Awaitable[Done]],
    spoilt: Callable[[Item, psycopg.Error], Done],
) -> list[Done]:
    """Returns the results of `store`, in one transaction or several; `spoilt` for each item that cannot be stored.

    Raises Unavailable for any other error of the database: items that were stored before stay.
    """

    async def alone(item: Item, error: Exception) -> Done:
        assert isinstance(error, psycopg.Error)
        return spoilt(item, error)

    return await run_by_bisection(items, store, alone=alone, is_theirs=_is_theirs)


def _is_theirs(error: Exception) -> bool:
    if not isinstance(error, psycopg.Error):
        return False
    if not is_data_error(error):
        raise Unavailable(f"it was not stored: {error}") from error
    return True
