"""Catalogue feeds: which worker reads each, how each stands, and what its offers said last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.values.amounts import to_json
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

OfferKey = tuple[str, str]  # the product's id, and the store that the row is about


@dataclass(frozen=True, slots=True)
class ClaimedFeed:
    """A feed that this worker may read; the fence shows that it still has it."""

    name: str
    fence: int
    settings: str | None
    etag: str | None
    last_modified: str | None
    full_after: datetime | None
    told_at: datetime | None
    read_at: datetime | None
    failures: int
    problem: str | None
    detail: str | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class KnownOffer:
    """What an offer said when it was taken in last."""

    id: str
    store: str
    digest: str
    stock: Mapping[str, Any]
    price: str | None
    in_stock: bool
    gone: bool = False
    changes: int = 0

    @property
    def key(self) -> OfferKey:
        return self.id, self.store


@dataclass(frozen=True, slots=True)
class OfferCounts:
    """The offers that stand: how many, and how many of them are in stock."""

    standing: int = 0
    in_stock: int = 0


@dataclass(frozen=True, slots=True)
class FeedStateRow:
    """How one feed stands."""

    name: str
    due_at: datetime
    busy: bool
    read_at: datetime | None
    failures: int
    problem: str | None
    detail: str | None
    result: Mapping[str, Any] = field(default_factory=dict)


async def claim(connection: Connection, name: str, now: datetime, *, lease: timedelta) -> ClaimedFeed | None:
    """Takes the feed for this worker; None if another one has it."""
    cursor = await connection.execute(query("claim_feed"), {"name": name, "now": now, "lease": lease})
    row = await cursor.fetchone()
    return ClaimedFeed(**row) if row else None


async def renew(connection: Connection, claimed: ClaimedFeed, *, lease: timedelta) -> bool:
    """Prolongs the lease; False if another worker has the feed now. The row is locked until commit."""
    cursor = await connection.execute(
        "UPDATE feed_state SET busy_until = clock_timestamp() + %(lease)s WHERE name = %(name)s AND fence = %(fence)s",
        {"name": claimed.name, "fence": claimed.fence, "lease": lease},
    )
    return cursor.rowcount == 1


async def release(connection: Connection, claimed: ClaimedFeed) -> None:
    """Gives the feed back; nothing else of it changes."""
    await connection.execute(
        "UPDATE feed_state SET busy_until = NULL WHERE name = %(name)s AND fence = %(fence)s",
        {"name": claimed.name, "fence": claimed.fence},
    )


async def finish(connection: Connection, claimed: ClaimedFeed, said: Mapping[str, Any]) -> None:
    """Stores that the feed was read to the end. `same`: its document had not changed."""
    usual = {"settings": None, "etag": None, "last_modified": None, "full_after": None, "told_at": None, "same": False}
    given = usual | {**said, "result": Jsonb(said["result"]), "name": claimed.name, "fence": claimed.fence}
    await connection.execute(query("finish_feed"), given)


async def fail(connection: Connection, claimed: ClaimedFeed, problem: tuple[str, str], *, due_at: datetime) -> None:
    """Stores what went wrong, a code and a sentence, and when it is tried again."""
    code, detail = problem
    await connection.execute(
        """UPDATE feed_state SET busy_until = NULL, due_at = %(due_at)s, failures = failures + 1, problem = %(code)s,
                  detail = %(detail)s
            WHERE name = %(name)s AND fence = %(fence)s""",
        {"name": claimed.name, "fence": claimed.fence, "due_at": due_at, "code": code, "detail": detail},
    )


async def get_next_due(connection: Connection, names: Sequence[str], now: datetime) -> datetime | None:
    """When the next of these feeds is due; a feed that a worker reads is left out, and a new one is due now."""
    if not names:
        return None
    cursor = await connection.execute(
        """SELECT min(coalesce(f.due_at, %(now)s)) AS at FROM unnest(%(names)s::text[]) AS q(name)
             LEFT JOIN feed_state f USING (name)
            WHERE f.busy_until IS NULL OR f.busy_until < clock_timestamp()""",
        {"names": list(names), "now": now},
    )
    row = await cursor.fetchone()
    return row["at"] if row else None


async def list_states(connection: Connection) -> dict[str, FeedStateRow]:
    """How each feed that was ever read stands, by name."""
    cursor = await connection.execute(
        """SELECT name, due_at, coalesce(busy_until > clock_timestamp(), false) AS busy, read_at, failures, problem,
                  detail, result FROM feed_state ORDER BY name"""
    )
    return {row["name"]: FeedStateRow(**row) for row in await cursor.fetchall()}


async def load_offers(connection: Connection, feed: str, keys: Sequence[OfferKey]) -> dict[OfferKey, KnownOffer]:
    """What is known of these offers of the feed; one query."""
    ids, stores = [id_ for id_, _ in keys], [store for _, store in keys]
    cursor = await connection.execute(query("load_feed_offers"), {"feed": feed, "ids": ids, "stores": stores})
    return {offer.key: offer for offer in map(_known, await cursor.fetchall())}


async def count_offers(connection: Connection, feed: str) -> OfferCounts:
    """How many offers stand."""
    cursor = await connection.execute(
        """SELECT count(*) AS standing, count(*) FILTER (WHERE in_stock) AS in_stock
             FROM feed_offer WHERE feed = %(feed)s AND NOT gone""",
        {"feed": feed},
    )
    row = await cursor.fetchone()
    return OfferCounts(**row) if row else OfferCounts()


async def next_offers(connection: Connection, feed: str, after: OfferKey, *, limit: int) -> list[KnownOffer]:
    """The next offers that stand, in the order of their keys."""
    cursor = await connection.execute(
        """SELECT id, store, digest, stock, price, in_stock, gone, changes FROM feed_offer
            WHERE feed = %(feed)s AND (id, store) > (%(id)s, %(store)s) AND NOT gone
            ORDER BY id, store LIMIT %(limit)s""",
        {"feed": feed, "id": after[0], "store": after[1], "limit": limit},
    )
    return [_known(row) for row in await cursor.fetchall()]


async def save_offers(connection: Connection, feed: str, offers: Sequence[KnownOffer]) -> None:
    """Stores what these offers said."""
    rows = [{name: getattr(offer, name) for name in KnownOffer.__slots__} for offer in offers]
    await connection.execute(query("save_feed_offers"), {"feed": feed, "rows": Jsonb(rows)})


def _known(row: Mapping[str, Any]) -> KnownOffer:
    """The offer, with numbers as JSON has them."""
    return KnownOffer(**{**row, "stock": {store: to_json(Decimal(units)) for store, units in row["stock"].items()}})
