"""Texts that name a person: events that were rejected, and what was told of failures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kaskad.domain.addresses.mailbox import INVISIBLE
from kaskad.domain.addresses.mentions import DIGITS, Mentions
from kaskad.storage.database import Connection
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID

# Whether a text names the person: normalized as the domain's `Mentions` are. Normalizing takes longer than looking, and
# ASCII and Cyrillic letters are as they are.
NAMED = """EXISTS (
  SELECT FROM (SELECT lower(CASE WHEN raw.text !~ '[^\\x01-\\x7f\\u0400-\\u04ff]' THEN raw.text
                                 ELSE translate(regexp_replace(normalize(raw.text, NFKC), %(unseen)s, '', 'g'),
                                                %(script)s, %(digits)s) END) AS said
                 FROM (SELECT {text} AS text OFFSET 0) raw OFFSET 0) f
   WHERE f.said ~ ANY(%(patterns)s::text[]) OR f.said LIKE ANY(%(parts)s::text[])
      OR (%(numbers)s::text[] <> '{{}}'
          AND regexp_replace(f.said, '[^0-9]+', '', 'g') LIKE ANY(%(numbers)s::text[])))"""
REJECTED = NAMED.format(text="concat_ws(' ', r.message_id, r.detail, r.body)")
FORGET_REJECTED = f"""
WITH gone AS (DELETE FROM rejected_event r WHERE {REJECTED} RETURNING r.source, r.code, r.detail),
emptied AS (
  UPDATE alert a SET text = '' FROM gone g
   WHERE a.kind = 'rejected' AND a.journey = '' AND a.reason = g.source || ':' || g.code AND a.text = g.detail)
SELECT count(*) AS gone FROM gone"""
# Somebody without an id said no by an address: its hash holds on, the event is about nobody.
FORGET_WITHDRAWALS = f"""DELETE FROM event e WHERE e.customer_id = %(nobody)s AND e.name = 'consent_withdrawn'
                             AND {NAMED.format(text="e.properties::text")}"""
FAULTS = "SELECT fault FROM enrollment WHERE customer_id = ANY(%(customers)s) AND fault IS NOT NULL"
# What owners are told of failures, and where else it is kept. It may cut a value off: then it is one of these faults.
FORGET_TEXTS = (
    f"UPDATE alert SET text = '' WHERE text <> '' AND ({NAMED.format(text='text')} OR text IN ({FAULTS}))",
    f"UPDATE entrance_look SET fault = '' WHERE fault <> '' AND {NAMED.format(text='fault')}",
    f"UPDATE carrier SET failure = '' WHERE failure <> '' AND {NAMED.format(text='failure')}",
)


async def list_ids(connection: Connection, customers: Sequence[int]) -> list[tuple[str, str]]:
    """The ids of these customers, by kind and value, and those of their devices."""
    cursor = await connection.execute(
        """SELECT kind, value FROM identity WHERE customer_id = ANY(%(customers)s)
            UNION SELECT 'device_id', device_id FROM device WHERE customer_id = ANY(%(customers)s) AND device_id <> ''
            ORDER BY 1, 2""",
        {"customers": list(customers)},
    )
    return [(row["kind"], row["value"]) for row in await cursor.fetchall()]


async def export_rejected(connection: Connection, named: Mentions) -> list[dict[str, Any]]:
    """The rejected events that name the person."""
    cursor = await connection.execute(
        f"SELECT to_jsonb(r) AS row FROM rejected_event r WHERE {REJECTED} ORDER BY r.id", _params(named)
    )
    return [row["row"] for row in await cursor.fetchall()]


async def forget_rejected(connection: Connection, named: Mentions) -> int:
    """Deletes the rejected events that name the person; empties alerts that repeat one. Returns how many went."""
    cursor = await connection.execute(FORGET_REJECTED, _params(named))
    row = await cursor.fetchone()
    return row["gone"] if row else 0


async def forget_withdrawals(connection: Connection, named: Mentions) -> int:
    """Deletes the events of nobody in which one of the person's addresses says no. Returns how many went."""
    cursor = await connection.execute(FORGET_WITHDRAWALS, _params(named) | {"nobody": SYSTEM_CUSTOMER_ID})
    return cursor.rowcount


async def forget_texts(connection: Connection, named: Mentions, customers: Sequence[int]) -> int:
    """Empties the texts of alerts and failures that name the person, or repeat what failed for these customers."""
    params = _params(named) | {"customers": list(customers)}
    return sum([(await connection.execute(statement, params)).rowcount for statement in FORGET_TEXTS])


def _params(named: Mentions) -> dict[str, Any]:
    script, digits = DIGITS
    return {
        "parts": list(named.parts),
        "patterns": list(named.patterns),
        "numbers": list(named.numbers),
        "unseen": f"[{INVISIBLE}]+",
        "script": script,
        "digits": digits,
    }
