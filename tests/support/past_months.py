"""What the tests of growth share."""

from __future__ import annotations

from kaskad.storage.growth import partitions
from tests.support.stack import Stack


async def without_months(stack: Stack) -> None:
    """Takes away the months that the migration made around today: the tests' own day is another."""
    async with stack.runtime.database.transaction() as connection:
        for monthly in partitions.MONTHLY_TABLES:
            for month in await partitions.list_months(connection, monthly):
                await partitions.drop_month(connection, monthly, month)
