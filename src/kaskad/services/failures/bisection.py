"""Work on many at once, of whom one may spoil it: it is found in halves, and the others go on."""

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
    """What `work` made of the items, of all at once or of halves and halves of them, in their order.

    `alone` makes something of each that spoils the work by itself. What is not the items' fault (`is_theirs`) is
    raised: what was done before it stays.
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
