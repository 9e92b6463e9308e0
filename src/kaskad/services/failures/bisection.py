"""Runs work on a batch. If one item makes it fail, bisects the batch to find it; the others proceed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


async def run_by_bisection(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Awaitable[Done]],
    *,
    alone: Callable[[Item, Exception], Awaitable[Done]],
    is_theirs: Callable[[Exception], bool],
) -> list[Done]:
    """Returns what `work` returned for the items, for all at once or for smaller and smaller halves, in their order.

    `alone` handles each item that makes the work fail by itself. An error that is not the items' fault (by `is_theirs`)
    is raised: what was done before it stays.
    """
    if not items:
        return []
    try:
        return [await work(items)]
    except Exception as error:
        if not is_theirs(error):
            raise
        why = error
    if len(items) == 1:
        return [await alone(items[0], why)]
    middle = len(items) // 2
    first = await run_by_bisection(items[:middle], work, alone=alone, is_theirs=is_theirs)
    return first + await run_by_bisection(items[middle:], work, alone=alone, is_theirs=is_theirs)
