"""Makes two customers one person.

PROVISIONAL: only what later events need to find the person. Enrollments, messages, contacts and consents do not move
yet, and no `customers_merged` is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kaskad.domain.identities.people import Join
from kaskad.storage.database import Connection


async def merge(connection: Connection, joins: Sequence[Join], *, now: datetime) -> None:
    """Joins the customers, in this order. Both of each pair are locked, and neither was merged or forgotten before."""
    from kaskad.storage.ingestion.provisional_merge import join_rows

    for join in joins:
        await join_rows(connection, join.standing, join.joined)
