"""What goes together: learnt from the orders of late, once a day."""

from __future__ import annotations

from datetime import timedelta

from kaskad.services.needs import HasDatabase
from kaskad.storage import clock, recommendations

OF_LATE = timedelta(days=90)


async def learn(deps: HasDatabase) -> int:
    """Counts anew what was bought together; how many pairs of products."""
    async with deps.database.transaction() as connection:
        now = await clock.read(connection)
        return await recommendations.learn(connection, now - OF_LATE, now)
