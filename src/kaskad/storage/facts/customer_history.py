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
from kaskad.domain.journeys.never_about import NeverAbout, Relation
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

    async def read_purchases(self) -> dict[int, Purchases]:
        """By enrollment: what was bought of the things that it is about."""
        return await read_purchases(self.bought)

    async def channels(self) -> dict[int, dict[Channel, datetime]]:
        """By customer: channel → the last response there."""
        found: dict[int, dict[Channel, datetime]] = defaultdict(dict)
        for row in await self.answered.fetchall() if self.answered else ():
            if row["channel"] in list(Channel):
                found[row["customer_id"]][Channel(row["channel"])] = row["at"]
        return found


@dataclass(frozen=True, slots=True)
class Purchases:
    """What was bought of the things that an enrollment is about, and how many things its cart has."""

    bought: tuple[RelatedPurchase, ...] = ()
    cart_things: int = 0


async def query_history(
    connection: Connection,
    enrollments: Sequence[Enrollment],
    asked: Mapping[int, VersionQueries],
    *,
    instants: Instants,
    never_about: NeverAbout | None,
) -> PendingHistory:
    """Starts the queries, for entries about a product and for versions that prefer a channel only."""
    about = [e for e in enrollments if asked[e.id].asks_purchases and (_names(e, "product_id") or _names(e, "cart_id"))]
    prefer = sorted({e.customer for e in enrollments if asked[e.id].prefers_channel})
    bought = answered = None
    if never_about and about:
        ats = [instants.of(e.customer) for e in about]
        bought = await query_purchases(connection, [e.id for e in about], ats, rule=never_about)
    if prefer:
        at = [instants.of(customer) for customer in prefer]
        since = (min(at) - ENGAGEMENT_LOOKBACK).date()
        whom = {"customers": array(prefer), "ats": array(at), "since": since}
        answered = await connection.execute(query("last_engagements"), whom)
    return PendingHistory(bought, answered)


async def query_purchases(
    connection: Connection, enrollments: Sequence[int], ats: Sequence[datetime], *, rule: NeverAbout
) -> Cursor:
    """Starts the query of what was bought of the things that these enrollments are about, each as of its instant."""
    params = {
        "ids": array(enrollments),
        "ats": array(ats),
        "within": rule.longest,
        "asks_again": rule.again is not None,
        "bought_again": [category.strip().lower() for category in rule.bought_again],
    }
    return await connection.execute(query("last_similar_purchases"), params)


async def read_purchases(cursor: Cursor | None) -> dict[int, Purchases]:
    """The results of that query, by enrollment."""
    found: dict[int, list[RelatedPurchase]] = defaultdict(list)
    things: dict[int, int] = {}
    for row in await cursor.fetchall() if cursor else ():
        id_ = row["enrollment_id"]
        things[id_] = row["things"]
        found[id_].append(
            RelatedPurchase(
                row["product"],
                row["at"],
                _format_place(row),
                about=row["about"],
                relation=Relation(row["relation"]),
                in_cart=row["in_cart"],
            )
        )
    return {id_: Purchases(tuple(bought), things[id_]) for id_, bought in found.items()}


def _names(enrollment: Enrollment, what: str) -> bool:
    return bool(enrollment.entry.get(what))


def _format_place(row: DictRow) -> str:
    return ", ".join(part for part in (row["place"], row["store"]) if part)
