"""The months of what is imported are created before it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial

from kaskad.domain.errors import Unavailable
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.importing.items import Item
from kaskad.services.ports import HasDatabase
from kaskad.storage.growth.partitions import EVENTS, create_month, start_of_month
from kaskad.storage.importing.events import list_event_months

TRIES = 30


async def create_months(deps: HasDatabase, items: Sequence[Item], known: set[date]) -> None:
    """Creates the months of these items that do not exist, each in a transaction of its own; adds them to `known`.

    What is stored in its own way may be older than events are kept: it goes into the default partition.
    """
    wanted = {start_of_month(event.occurred_at.date()) for item in items if item.is_plain for event in item.events}
    if wanted <= known:
        return
    async with deps.database.transaction() as connection:
        known |= await list_event_months(connection)
    for month in sorted(wanted - known):
        await _create(deps, month)
        known.add(month)


async def _create(deps: HasDatabase, month: date) -> None:
    """Creates the month as soon as the table is free for an instant. Raises Unavailable if it never is."""
    for attempt in range(TRIES):
        try:
            await run_in_transaction(deps.database, partial(create_month, monthly=EVENTS, month=month))
            return
        except Unavailable:
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.5)
