"""Two customers become one: what is stored of both, in one row's name. Both are locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from kaskad.domain.identities.people import Join
from kaskad.domain.permission import ORDER_EVENTS
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

# Everything stored under a customer's number moves, so that a statement that reads it cannot forget half of a person.
# Decisions stay: they are read by their enrollments. `origin` is whence it came.
MOVED: tuple[LiteralString, ...] = ("event", "message", "enrollment", "consent")
# What compares both sides comes before what moves.
BEFORE = (
    "drop_shared_orders",
    "write_merge",
    "end_doubled_enrollments",
    "hand_back_messages",
    "take_back_devices",
    "move_contacts",
    "move_memberships",
)


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that stands: into whom, and the last event that was stored of either before it."""

    standing: int
    last_event: int


async def load_merges(connection: Connection, customers: Iterable[int]) -> dict[int, Merge]:
    """The merges of these customers into others, by the one who was merged; no query for none."""
    wanted = sorted(set(customers))
    if not wanted:
        return {}
    cursor = await connection.execute(
        """SELECT merged, standing, last_event FROM customer_merge
            WHERE merged = ANY(%(customers)s) AND split_at IS NULL ORDER BY id""",
        {"customers": wanted},
    )
    return {row["merged"]: Merge(row["standing"], row["last_event"]) for row in await cursor.fetchall()}


def was_part(merges: Mapping[int, Merge], member: int, customer: int, *, event: int) -> bool:
    """Whether the member was part of that customer already when the event with this id was stored. Ids grow."""
    while member != customer:
        found = merges.get(member)
        if found is None or found.last_event >= event:
            return False
        member = found.standing
    return True


async def forget_states(connection: Connection, before: datetime) -> int:
    """Forgets by what older merges were named and how both were; they cannot be split any more. Returns how many."""
    cursor = await connection.execute(
        "UPDATE customer_merge SET state = NULL, named = '[]' WHERE at < %(before)s AND state IS NOT NULL",
        {"before": before},
    )
    return cursor.rowcount


async def merge(connection: Connection, joins: Sequence[Join], now: datetime, *, public: Sequence[str]) -> None:
    """Moves everything of the merged customers to those who stand, and makes what is live due. Nobody is in two pairs.

    `public` are the public sources: none of them changes an address that another source told.
    """
    standing, merged = [join.standing for join in joins], [join.joined for join in joins]
    params: dict[str, Any] = {
        "standing": standing,
        "merged": merged,
        "both": [*standing, *merged],
        "pairs": Jsonb([_row(join) for join in joins]),
        "now": now,
        "public": list(public),
        "orders": list(ORDER_EVENTS),
    }
    async with connection.pipeline():
        for step in BEFORE:
            await connection.execute(query(step), params)
        for table in ("identity", *MOVED):
            origin = ", origin = coalesce(t.origin, p.merged)" if table in MOVED else ""
            await connection.execute(
                f"""UPDATE {table} t SET customer_id = p.standing{origin}
                      FROM unnest(%(standing)s::bigint[], %(merged)s::bigint[]) AS p(standing, merged)
                     WHERE t.customer_id = p.merged""",
                params,
            )
        await connection.execute(query("follow_enrollments"), params)
        await connection.execute("DELETE FROM cart WHERE customer_id = ANY(%(merged)s)", params)
        await connection.execute(query("join_customers"), params)


def _row(join: Join) -> dict[str, Any]:
    named = [list(join.by), list(join.identity)]
    return {
        "standing": join.standing,
        "merged": join.joined,
        "source": join.source,
        "message_id": join.message_id,
        "named": named,
    }
