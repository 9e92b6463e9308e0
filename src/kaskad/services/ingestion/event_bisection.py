"""What the database cannot store spoils itself alone: it is looked for in halves."""

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
    """What `store` made of the items, in one transaction or in several; `spoilt` of each that cannot be stored.

    Raises Unavailable for whatever else went wrong in the database: those that were stored before it stay.
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
