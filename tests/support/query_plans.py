"""A stack with tens of thousands of everything over several months, and what the server would do in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from kaskad.storage.growth import partitions
from tests.support.past_months import without_months
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import NOON, Stack, running_stack

ROWS = 40_000
# March, which it is, lies in the default
MONTHS = tuple(partitions.iterate_months(date(2026, 11, 1), date(2027, 2, 1)))
LETTER = event_journey(
    "letter", "app_opened", leave=[{"when": "order_completed"}], enter={"quiet_for": {"seconds": 3600}}
)
# Row i happened, or entered, i % 5 months before now; its message's id is made of i.
NOISE = (
    "INSERT INTO customer (created_at) SELECT %(at)s FROM generate_series(1, %(rows)s)",
    "INSERT INTO identity SELECT 'user_id', 'u' || i, i FROM generate_series(1, %(rows)s) AS i",
    """INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
       SELECT 'm' || i, i, (ARRAY['order_completed', 'app_opened', 'product_viewed'])[1 + i %% 3], 'site',
              %(at)s - (i %% 5) * interval '1 month', %(at)s, jsonb_build_object('product_id', 'p' || i %% 500)
         FROM generate_series(1, %(rows)s) AS i""",
    "INSERT INTO event_seen SELECT 'site', 'm' || i, %(at)s FROM generate_series(1, %(rows)s) AS i",
    """INSERT INTO enrollment (customer_id, journey, version_id, status, key, sender, purpose, priority,
                               entry_message_id, entered_at, last_trigger_at, due_at)
       SELECT i, 'letter', 1, (ARRAY['candidate', 'active', 'done', 'left'])[1 + i %% 4]::enrollment_status, '', 'shop',
              'marketing', 50, '', %(at)s - (i %% 5) * interval '1 month', %(at)s, %(at)s + i * interval '1 minute'
         FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO message (id, entered_on, enrollment_id, customer_id, journey, version_id, step, message, channel,
                            purpose, sender, mode, priority, status, decided_at, counts_on, expires_at, not_before,
                            patience, lease_until, sending_at)
       SELECT lpad(to_hex(i), 32, '0')::uuid, (%(at)s - (i %% 5) * interval '1 month')::date, i, i, 'letter', 1,
              'send:how_was_it', 'how_was_it', 'email', 'marketing', 'shop', 'live', 50,
              CASE WHEN i %% 400 = 0 THEN 'unknown' WHEN i %% 6 < 2 THEN 'queued' WHEN i %% 60 = 5 THEN 'claimed'
                   ELSE 'sent' END::message_status,
              %(at)s, %(at)s::date, %(at)s, %(at)s + i * interval '1 minute', '0', %(at)s + i * interval '1 minute',
              %(at)s
         FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO consent (customer_id, purpose, channel, granted, source, message_id, at)
       SELECT i, 'marketing', 'email', true, 'site', '', %(at)s FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO contact (customer_id, channel, address, address_key, updated_at)
       SELECT i, 'email', address, address, %(at)s
         FROM generate_series(1, %(rows)s) AS i, concat('u', i, '@customer.example') AS address""",
    """INSERT INTO suppression (channel, address, journey, reason, source, at)
       SELECT 'email', 'u' || i || '@customer.example', (ARRAY['', 'letter'])[1 + i %% 2], 'complained', 'x', %(at)s
         FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO device (customer_id, channel, address_key, address, device_id, state, updated_at, message_id)
       SELECT i, 'push', 't' || i, 't' || i, 'd' || i, 'active', %(at)s, ''
         FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO attribute (customer_id, name, value, at, message_id, source)
       SELECT i / 4, 'a' || i %% 4, '1', %(at)s, 'm', 'site' FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO address (channel, key, hash)
       SELECT 'email', 'u' || i || '@customer.example', '#' || i FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO refused_address (reached_by, address, purpose, channel, topic, source, message_id, at)
       SELECT 'email', '#' || i, 'marketing', '', '', 'x', '', %(at)s FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO address_touch (channel, hash, message_id, entered_on, customer_id, journey, step, purpose, at)
       SELECT 'email', '#' || i, lpad(to_hex(i), 32, '0')::uuid, (%(at)s - (i %% 5) * interval '1 month')::date, i,
              'letter', 'send:how_was_it', 'marketing', %(at)s - i * interval '1 minute'
         FROM generate_series(1, %(rows)s) AS i""",
    "ANALYZE customer, identity, event, event_seen, enrollment, message, consent, contact, suppression, device",
    "ANALYZE address, address_touch, refused_address, attribute",
)
INDEXES = """SELECT child.relname AS child, parent.relname AS parent FROM pg_inherits i
    JOIN pg_class child ON child.oid = i.inhrelid JOIN pg_class parent ON parent.oid = i.inhparent
   WHERE child.relkind = 'i'"""
EMPTY = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples = 0"
GROWING = (
    "customer",
    "identity",
    "event",
    "enrollment",
    "message",
    "consent",
    "decision",
    "contact",
    "suppression",
    "device",
    "address",
    "refused_address",
    "attribute",
)


@asynccontextmanager
async def crowded(url: str, folder: Path) -> AsyncIterator[Stack]:
    """The stack, its clock at noon."""
    async with running_stack(url, folder, edit=with_journeys(LETTER)) as stack:
        await without_months(stack)
        async with stack.runtime.database.transaction() as connection:
            for monthly in (partitions.EVENTS, partitions.MESSAGES):
                for month in MONTHS:
                    await partitions.create_month(connection, monthly, month)
        for sql in NOISE:
            await stack.rows(sql, at=NOON, rows=ROWS)
        yield stack


async def plan_of(stack: Stack, sql: str, params: dict[str, Any], *, run: bool = False) -> list[dict[str, Any]]:
    """The nodes of the plan, as the server would choose it now; `run`, and undone, it tells what was touched."""
    async with stack.runtime.database.transaction() as connection, connection.transaction(force_rollback=True):
        cursor = await connection.execute(f"EXPLAIN (FORMAT json{', ANALYZE' if run else ''}) {sql}", params)
        row = await cursor.fetchone()
        assert row is not None
        parents = {row["child"]: row["parent"] for row in await (await connection.execute(INDEXES)).fetchall()}
        empty = {row["relname"] for row in await (await connection.execute(EMPTY)).fetchall()}
    plan = row["QUERY PLAN"]
    return list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"], parents, empty))


def _nodes(plan: dict[str, Any], parents: dict[str, str], empty: set[str]) -> Iterator[dict[str, Any]]:
    index = plan.get("Index Name")
    yield plan | {"Index": parents.get(index or "", index), "Empty": plan.get("Relation Name") in empty}
    for part in plan.get("Plans", ()):
        yield from _nodes(part, parents, empty)


def indexes(nodes: list[dict[str, Any]]) -> set[str]:
    """The indexes that are gone by; those of a month under the name of their table's."""
    return {node["Index"] for node in nodes if node["Index"]}


def touched(nodes: list[dict[str, Any]], table: str) -> set[str]:
    """The parts of the table that a plan, when it was run, looked into."""
    looked = (node for node in nodes if node.get("Actual Loops") and "Scan" in node["Node Type"])
    return {node["Relation Name"] for node in looked if node.get("Relation Name", "").startswith(f"{table}_")}


def read_whole(nodes: list[dict[str, Any]]) -> set[str]:
    """The tables that grow and are read from end to end; a month that is still empty may be."""
    scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan" and not node["Empty"]}
    return {name for name in scanned if name.startswith(GROWING)}
