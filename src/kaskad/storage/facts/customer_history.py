"""Loads the history that policy and cascades need: purchases, and the channels in which the customer responded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.facts import Enrollment, RelatedPurchase
from kaskad.domain.journeys.never_about import NeverAbout
from kaskad.storage.arrays import array
from kaskad.storage.clock import Instants
from kaskad.storage.conditions.version_queries import VersionQueries
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

ENGAGEMENT_LOOKBACK = timedelta(days=180)  # an older response says nothing about today
Cursor = AsyncCursor[DictRow]


@dataclass(frozen=True, slots=True)
class PendingHistory:
    """Queries that were sent and not read yet; None if no enrollment needs them."""

    bought: Cursor | None
    answered: Cursor | None

    async def read_purchases(self) -> dict[int, RelatedPurchase]:
        """By enrollment: the purchase that forbids messages about similar products."""
        rows = await self.bought.fetchall() if self.bought else ()
        return {row["enrollment_id"]: RelatedPurchase(row["product"], row["at"], _format_place(row)) for row in rows}

    async def channels(self) -> dict[int, dict[Channel, datetime]]:
        """By customer: channel → the last response there."""
        found: dict[int, dict[Channel, datetime]] = defaultdict(dict)
        for row in await self.answered.fetchall() if self.answered else ():
            if row["channel"] in list(Channel):
                found[row["customer_id"]][Channel(row["channel"])] = row["at"]
        return found


async def query_history(
    connection: Connection,
    enrollments: Sequence[Enrollment],
    asked: Mapping[int, VersionQueries],
    *,
    instants: Instants,
    never_about: NeverAbout | None,
) -> PendingHistory:
    """Starts the queries, for entries about a product and for versions that prefer a channel only."""
    about = [e for e in enrollments if never_about and e.entry.get("product_id")]
    prefer = sorted({e.customer for e in enrollments if asked[e.id].prefers_channel})
    bought = answered = None
    if never_about and about:
        within = never_about.longest
        ats = array(instants.of(e.customer) for e in about)
        params = {"ids": array(e.id for e in about), "ats": ats, "within": within}
        bought = await connection.execute(query("last_similar_purchases"), params)
    if prefer:
        at = [instants.of(customer) for customer in prefer]
        since = (min(at) - ENGAGEMENT_LOOKBACK).date()
        whom = {"customers": array(prefer), "ats": array(at), "since": since}
        answered = await connection.execute(query("last_engagements"), whom)
    return PendingHistory(bought, answered)


def _format_place(row: DictRow) -> str:
    return ", ".join(part for part in (row["place"], row["store"]) if part)
