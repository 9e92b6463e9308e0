"""Products that are bought together: counted from recent orders, once a day."""

from __future__ import annotations

from datetime import timedelta

from kaskad.services.ports import HasDatabase
from kaskad.storage import clock
from kaskad.storage.delivery import recommendations

LOOKBACK = timedelta(days=90)


async def count_bought_together(deps: HasDatabase) -> int:
    """Counts again what was bought together; returns the number of product pairs."""
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
        return await recommendations.rebuild_bought_together(connection, now - LOOKBACK, now)
