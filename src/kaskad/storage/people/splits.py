"""Undoes a merge: each row goes back to the customer whose it was. Both are locked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.permission import ORDER_EVENTS
from kaskad.storage.database import Connection
from kaskad.storage.people.merges import MOVED
from kaskad.storage.people.parting import Kept, Later, Parted, Row, Rows, TakenBack, Two, kept_tables, part, take_back
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class StoredMerge:
    """A merge that stands: `identities` are those that the merged customer brought, `state` is how both were.

    `last_event` and `last_consent` are the last that were stored of anybody before it.
    """

    id: int
    standing: int
    merged: int
    last_event: int
    last_consent: int
    at: datetime
    source: str
    state: Mapping[str, Any] | None
    identities: Sequence[Row]


async def find_merges(connection: Connection, customer: int) -> list[StoredMerge]:
    """The merges that made this customer, the latest first."""
    cursor = await connection.execute(query("find_merges"), {"customer": customer})
    return [StoredMerge(**row) for row in await cursor.fetchall()]


async def split(
    connection: Connection,
    merge: StoredMerge,
    after: Sequence[StoredMerge],
    *,
    now: datetime,
    by: str,
    public: Collection[str],
) -> None:
    """Gives the merged customer back what was theirs. `after` are the later merges of whom they were a part.

    The last of them, else the merge itself, names the row that stands for both now. What was told since the merge
    stays there, unless it belongs to an entry that goes back; what closes or was bought counts for both.
    """
    path = [merge, *after]
    holder = path[-1].standing
    members = await _members(connection, merge.merged)
    params: dict[str, Any] = {
        "holder": holder,
        "merged": merge.merged,
        "members": members,
        "both": [holder, merge.merged],
        "at": merge.at,
        "now": now,
        "told_of": [one.standing for one in path],
        "last_events": [one.last_event for one in path],
        "last_consents": [one.last_consent for one in path],
        "ats": [one.at for one in path],
        "orders": list(ORDER_EVENTS),
    }
    taken_back = await _taken_back(connection, params)
    for table in MOVED:
        await connection.execute(
            f"""UPDATE {table} SET customer_id = %(merged)s, origin = nullif(origin, %(merged)s)
                 WHERE customer_id = %(holder)s AND origin = ANY(%(members)s)""",
            params,
        )
    await connection.execute(query("follow_enrollments"), {"standing": [merge.merged], "merged": [holder]})
    entries = await _give_back(connection, path, taken_back=taken_back, public=public)
    await connection.execute(
        """UPDATE identity i SET customer_id = %(merged)s
             FROM jsonb_to_recordset(%(identities)s) AS w(kind text, value text)
            WHERE i.kind = w.kind AND i.value = w.value AND i.customer_id = %(holder)s""",
        params | {"identities": Jsonb(list(merge.identities))},
    )
    await connection.execute(query("restore_enrollments"), params | {"enrollments": Jsonb(entries)})
    for step in ("hand_back_messages", "share_touches", "share_refusals", "share_orders"):
        await connection.execute(query(step), params)
    await connection.execute("DELETE FROM cart WHERE customer_id = ANY(%(both)s)", params)
    await _part(connection, params | {"id": merge.id, "by": by})


async def _taken_back(connection: Connection, params: Mapping[str, Any]) -> list[TakenBack]:
    cursor = await connection.execute(query("taken_back"), params)
    return [TakenBack(**row) for row in await cursor.fetchall()]


async def _give_back(
    connection: Connection, path: Sequence[StoredMerge], *, taken_back: Sequence[TakenBack], public: Collection[str]
) -> list[Row]:
    """Writes the rows of both that have no `origin`, and what later merges found without them. Returns all entries."""
    merge, *after = path
    holder = path[-1].standing
    states = [dict(one.state or {}) for one in after]
    for kept in kept_tables(public):
        theirs, others = (_of(merge, kept, state=merge.state, merged=merged) for merged in (True, False))
        later = list[Later]()
        person = merge.standing
        for one, state in zip(after, states, strict=True):
            stands = one.standing == person
            own, other = (_of(one, kept, state=state, merged=merged) for merged in (not stands, stands))
            later.append(Later(own, other, stands))
            person = one.standing
        parted = part(kept, await _load(connection, kept, holder), Two(theirs, others), later=later)
        parted = take_back(kept, parted, taken_back, since=merge.at)
        _note(kept, path, states, parted=parted, later=later)
        await _write(connection, kept, parted.left, customer=holder)
        await _write(connection, kept, parted.gone, customer=merge.merged)
    for state in states:
        state["identity"] = [row for row in state.get("identity") or () if not _names(merge.identities, row)]
    entries = _part_entries(path, states)
    for one, state in zip(after, states, strict=True):
        await connection.execute(
            "UPDATE customer_merge SET state = %(state)s WHERE id = %(id)s AND state IS NOT NULL",
            {"state": Jsonb(state), "id": one.id},
        )
    return entries


def _note(
    kept: Kept, path: Sequence[StoredMerge], states: Sequence[dict[str, Any]], *, parted: Parted, later: Sequence[Later]
) -> None:
    """Changes what the later merges found of this table."""
    person = path[0].standing
    for one, state, rows, found in zip(path[1:], states, parted.later, later, strict=True):
        state[kept.table] = [{**row, "customer_id": person} for row in rows.values()] + list(found.other.values())
        person = one.standing


def _names(identities: Sequence[Row], row: Row) -> bool:
    return any((row["kind"], row["value"]) == (told["kind"], told["value"]) for told in identities)


def _part_entries(path: Sequence[StoredMerge], states: Sequence[dict[str, Any]]) -> list[Row]:
    """Takes the parted one's live entries out of what later merges found, and returns all as they were at first."""
    merge, *after = path
    before = {row["id"]: row for row in (merge.state or {}).get("enrollment") or ()}
    own = [row for row in before.values() if row["customer_id"] != merge.merged]
    first = dict(before)
    person = merge.standing
    for one, state in zip(after, states, strict=True):
        others = [row for row in state.get("enrollment") or () if row["id"] not in before]
        own = [{**row, "customer_id": person} for row in own]
        state["enrollment"] = [*own, *others]
        first |= {row["id"]: row for row in others if row["id"] not in first}
        own += others
        person = one.standing
    return list(first.values())


def _of(merge: StoredMerge, kept: Kept, *, state: Mapping[str, Any] | None, merged: bool) -> Rows:
    """What the merge found of the one who was merged, or of the one who stood."""
    who = merge.merged if merged else merge.standing
    return kept.by_key(row for row in (state or {}).get(kept.table) or () if row["customer_id"] == who)


async def _load(connection: Connection, kept: Kept, customer: int) -> Rows:
    cursor = await connection.execute(
        f"SELECT to_jsonb(t) AS row FROM {kept.table} t WHERE customer_id = %(customer)s", {"customer": customer}
    )
    return kept.by_key([row["row"] for row in await cursor.fetchall()])


async def _write(connection: Connection, kept: Kept, rows: Rows, *, customer: int) -> None:
    """Writes the rows in place of the customer's own."""
    keys = ", ".join(kept.key)
    given = [{**row, "customer_id": customer} for row in rows.values()]
    params = {"customer": customer, "rows": Jsonb(given)}
    told = f"jsonb_populate_recordset(NULL::{kept.table}, %(rows)s)"
    await connection.execute(f"DELETE FROM {kept.table} WHERE customer_id = %(customer)s", params)
    await connection.execute(f"INSERT INTO {kept.table} SELECT * FROM {told} b ORDER BY {keys}", params)


async def _members(connection: Connection, customer: int) -> list[int]:
    cursor = await connection.execute(
        "SELECT coalesce(members, ARRAY[id]) AS members FROM customer WHERE id = %(id)s", {"id": customer}
    )
    row = await cursor.fetchone()
    assert row is not None
    return list(row["members"])


async def _part(connection: Connection, params: Mapping[str, Any]) -> None:
    """The rows stand for themselves again, and every entry of theirs is decided anew."""
    await connection.execute("UPDATE customer SET merged_into = NULL WHERE id = %(merged)s", params)
    # whoever stood for both between is no more asked for a profile: it has the parted one's
    await connection.execute(
        """UPDATE customer SET attributes = '{}', locale = NULL, time_zone = NULL
            WHERE id = ANY(%(told_of)s) AND merged_into IS NOT NULL AND profile_version IS NOT NULL""",
        params,
    )
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
        "UPDATE customer_merge SET split_at = %(now)s, split_by = %(by)s, state = NULL WHERE id = %(id)s", params
    )
