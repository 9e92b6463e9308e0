"""Undoes a merge: each row goes back to the customer whose it was. Both are locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.people.merges import MOVED
from kaskad.storage.queries import query

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredMerge:
    """A merge that stands: `identities` are those that the merged customer brought, `state` is how both were."""

    id: int
    standing: int
    merged: int
    at: datetime
    source: str
    state: Mapping[str, Any] | None
    identities: Sequence[Row]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A table of which a customer has one row for each key; `mark` tells whose row it is that stands there."""

    table: LiteralString
    key: tuple[str, ...]
    mark: tuple[str, ...]


KEPT = (
    _Kept("contact", ("channel",), ("updated_at", "message_id")),
    _Kept("device", ("channel", "address_key"), ("updated_at", "message_id")),
    _Kept("confirmed_address", ("channel", "address"), ("message_id",)),
    _Kept("segment_member", ("journey",), ("since",)),
    _Kept("past_entry", ("journey",), ("entered_at",)),
)


async def find_merges(connection: Connection, customer: int) -> list[StoredMerge]:
    """The merges that made this customer, the latest first."""
    cursor = await connection.execute(query("find_merges"), {"customer": customer})
    return [StoredMerge(**row) for row in await cursor.fetchall()]


async def split(connection: Connection, merge: StoredMerge, holder: int, *, now: datetime, by: str) -> None:
    """Gives the merged customer back what was theirs; `holder` is the row that stands for both now.

    What was told since the merge stays with the holder, unless it belongs to an entry that goes back.
    """
    state = merge.state or {}
    members = await _members(connection, merge.merged)
    params: dict[str, Any] = {
        "holder": holder,
        "merged": merge.merged,
        "members": members,
        "both": [holder, merge.merged],
        "at": merge.at,
        "now": now,
    }
    for table in MOVED:
        await connection.execute(
            f"""UPDATE {table} SET customer_id = %(merged)s, origin = nullif(origin, %(merged)s)
                 WHERE customer_id = %(holder)s AND origin = ANY(%(members)s)""",
            params,
        )
    await connection.execute(query("follow_enrollments"), {"standing": [merge.merged], "merged": [holder]})
    for kept in KEPT:
        await _restore(connection, kept, state.get(kept.table) or (), merge=merge, holder=holder)
    await connection.execute(
        """UPDATE identity i SET customer_id = %(merged)s
             FROM jsonb_to_recordset(%(identities)s) AS w(kind text, value text)
            WHERE i.kind = w.kind AND i.value = w.value AND i.customer_id = %(holder)s""",
        params | {"identities": Jsonb(list(merge.identities))},
    )
    before = {"enrollments": Jsonb(state.get("enrollment") or [])}
    await connection.execute(query("restore_enrollments"), params | before)
    await connection.execute(query("hand_back_messages"), params)
    await connection.execute(query("share_touches"), params)
    await connection.execute("DELETE FROM cart WHERE customer_id = ANY(%(both)s)", params)
    await _part(connection, params | {"id": merge.id, "by": by})


async def _members(connection: Connection, customer: int) -> list[int]:
    cursor = await connection.execute(
        "SELECT coalesce(members, ARRAY[id]) AS members FROM customer WHERE id = %(id)s", {"id": customer}
    )
    row = await cursor.fetchone()
    assert row is not None
    return list(row["members"])


async def _restore(
    connection: Connection, kept: _Kept, rows: Sequence[Row], *, merge: StoredMerge, holder: int
) -> None:
    """Gives both their rows back. One that was told after the merge stays, and the merged customer has the old one."""
    if not rows:
        return
    same = " AND ".join(f"h.{column} = b.{column}" for column in kept.key)
    marked = " AND ".join(f"h.{column} = b.{column}" for column in kept.mark)
    state = "state" if kept.table in ("contact", "device") else None
    params = {
        "theirs": Jsonb([row for row in rows if row["customer_id"] == merge.merged]),
        "others": Jsonb([row for row in rows if row["customer_id"] == merge.standing]),
        "holder": holder,
        "merged": merge.merged,
    }
    table = kept.table
    theirs = f"jsonb_populate_recordset(NULL::{table}, %(theirs)s)"
    others = f"jsonb_populate_recordset(NULL::{table}, %(others)s)"
    if state:  # an address that died meanwhile is dead for both
        await connection.execute(
            f"""CREATE TEMP TABLE died ON COMMIT DROP AS
                SELECT channel, address_key FROM {table} WHERE customer_id = %(holder)s AND state = 'dead'""",
            params,
        )
    # what stands there as theirs goes; the other's own row of that key comes back
    await connection.execute(
        f"DELETE FROM {table} h USING {theirs} b WHERE h.customer_id = %(holder)s AND {same} AND {marked}",
        params,
    )
    await connection.execute(
        f"""INSERT INTO {table}
            SELECT (jsonb_populate_record(b, jsonb_build_object('customer_id', %(holder)s::bigint))).* FROM {others} b
             WHERE NOT EXISTS (SELECT FROM {table} h WHERE h.customer_id = %(holder)s AND {same})""",
        params,
    )
    await connection.execute(f"INSERT INTO {table} SELECT b.* FROM {theirs} b ON CONFLICT DO NOTHING", params)
    if state:
        await connection.execute(
            f"""UPDATE {table} h SET state = b.state FROM {others} b
                 WHERE h.customer_id = %(holder)s AND {same} AND {marked} AND h.state = 'removed'
                   AND NOT EXISTS (SELECT FROM {table} o WHERE o.channel = h.channel AND o.address_key = h.address_key
                                      AND o.customer_id NOT IN (%(holder)s, %(merged)s) AND o.state = 'active')""",
            params,
        )
        await connection.execute(
            f"""UPDATE {table} k SET state = 'dead' FROM died d
                 WHERE k.customer_id IN (%(holder)s, %(merged)s) AND k.state = 'active'
                   AND k.channel = d.channel AND k.address_key = d.address_key""",
            params,
        )
        await connection.execute("DROP TABLE died")


async def _part(connection: Connection, params: Mapping[str, Any]) -> None:
    """The rows stand for themselves again, and every entry of theirs is decided anew."""
    await connection.execute("UPDATE customer SET merged_into = NULL WHERE id = %(merged)s", params)
    await connection.execute(
        """UPDATE customer c SET members = CASE WHEN cardinality(l.left_) > 1 THEN l.left_ END
             FROM (SELECT id, ARRAY(SELECT m FROM unnest(members) AS m WHERE m <> ALL(%(members)s)) AS left_
                     FROM customer WHERE id <> ALL(%(members)s)
                      AND id IN (SELECT unnest(members) FROM customer WHERE id = %(holder)s)) l
            WHERE c.id = l.id""",
        params,
    )
    await connection.execute(
        """UPDATE enrollment SET due_at = least(due_at, %(now)s)
            WHERE customer_id = ANY(%(both)s) AND status = 'active' AND due_at > %(now)s""",
        params,
    )
    await connection.execute(
        "UPDATE customer_merge SET split_at = %(now)s, split_by = %(by)s WHERE id = %(id)s", params
    )
