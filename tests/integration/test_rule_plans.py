"""The hot queries use their indexes, among 50,000 rows of everybody else's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from house import NOON, House, house
from rules import event_journey, with_journeys

from kaskad.storage.queries import query

pytestmark = pytest.mark.anyio

ROWS = 50_000
LETTER = event_journey(
    "letter", "app_opened", leave=[{"when": "order_completed"}], enter={"quiet_for": {"seconds": 3600}}
)
NOISE = (
    "INSERT INTO customer (created_at) SELECT %(at)s FROM generate_series(1, %(rows)s)",
    "INSERT INTO identity SELECT 'user_id', 'u' || i, i FROM generate_series(1, %(rows)s) AS i",
    """INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
       SELECT 'm' || i, i, (ARRAY['order_completed', 'app_opened', 'product_viewed'])[1 + i %% 3], 'site', %(at)s,
              %(at)s, jsonb_build_object('product_id', 'p' || i %% 500)
         FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO enrollment (customer_id, journey, version_id, status, key, sender, purpose, priority,
                               entry_message_id, entered_at, last_trigger_at, due_at)
       SELECT i, 'letter', 1, (ARRAY['candidate', 'active', 'done', 'left'])[1 + i %% 4]::enrollment_status, '', 'shop',
              'marketing', 50, '', %(at)s, %(at)s, %(at)s + i * interval '1 minute'
         FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO message (id, enrollment_id, customer_id, journey, version_id, step, message, channel, purpose,
                            sender, mode, priority, status, decided_at, counts_on, expires_at, not_before, patience,
                            lease_until)
       SELECT gen_random_uuid(), i, i, 'letter', 1, 'send:how_was_it', 'how_was_it', 'email', 'marketing', 'shop',
              'live', 50, (ARRAY['queued', 'claimed', 'sent', 'sent'])[1 + i %% 4]::message_status, %(at)s,
              %(at)s::date, %(at)s, %(at)s + i * interval '1 minute', '0', %(at)s + i * interval '1 minute'
         FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO consent (customer_id, purpose, channel, granted, source, message_id, at)
       SELECT i, 'marketing', 'email', true, 'site', '', %(at)s FROM generate_series(1, %(rows)s) AS i""",
    "ANALYZE customer, identity, event, enrollment, message, consent",
)
PEOPLE = list(range(1_000, 1_020))
SOON = NOON + timedelta(minutes=30)
LATER = NOON + timedelta(days=20)  # half of what waits is due
LEASE = {"machine_now": NOON, "lease": timedelta(minutes=2)}

# statement → what it is asked with, and the index that every look at the big table has to go through
HOT: dict[str, tuple[dict[str, Any], str]] = {
    "lock_due_people": ({"journey": "letter", "now": SOON, "limit": 100}, "enrollment_due"),
    "due_enrollments": ({"customers": PEOPLE, "now": LATER}, "enrollment_of_customer"),
    "touches": ({"customers": PEOPLE, "since": NOON.date()}, "message_touches"),
    "attempts": ({"enrollments": PEOPLE}, "message_of_enrollment"),
    "last_sent_entries": ({"customers": PEOPLE}, "enrollment_history"),
    "consents": ({"customers": PEOPLE, "at": NOON}, "consent_latest"),
    "people": ({"customers": PEOPLE}, "customer_pkey"),
    "lock_customers": ({"ids": PEOPLE}, "customer_pkey"),
    "claim_messages": (
        {"journey": "letter", "channel": "email", "now": SOON, "limit": 100} | LEASE,
        "message_to_send",
    ),
    "expire_leases": ({"machine_now": SOON, "now": SOON}, "message_leased"),
    "cart_changes": (
        {"customers": PEOPLE, "carts": ["k1"] * len(PEOPLE), "names": ["product_added", "order_completed"]},
        "event_of_customer",
    ),
    "expand_fanout": (
        {
            "event": "product_viewed",
            "product": "p7",
            "after": 0,
            "occurred_at": SOON,
            "since": NOON - timedelta(days=30),
            "journey": "letter",
            "purpose": "requested",
            "limit": 1_000,
        },
        "event_of_product",
    ),
    "wake": ({"rows": '[{"customer_id": 1000, "name": "order_completed"}]', "now": NOON}, "enrollment_of_customer"),
    "lock_for_look": ({"ids": [UUID(int=n) for n in range(20)], "fences": [1] * 20}, "message_pkey"),
}
BIG = {"customer", "identity", "event", "enrollment", "message", "consent"}


@pytest.fixture(scope="module")
async def crowded(postgres_admin: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house with 50,000 of everything."""
    from postgres import cloned

    folder: Path = tmp_path_factory.mktemp("crowded")
    with cloned(postgres_admin) as url:
        async with house(url, folder, edit=with_journeys(LETTER)) as home:
            for sql in NOISE:
                await home.rows(sql, at=NOON, rows=ROWS)
            yield home


async def plan_of(home: House, sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the plan, as the server would choose it now."""
    (row,) = await home.rows(f"EXPLAIN (FORMAT json) {sql}", **params)
    plan = row["QUERY PLAN"]
    return list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def assert_by_index(nodes: list[dict[str, Any]], index: str) -> None:
    used = {node["Index Name"] for node in nodes if "Index Name" in node}
    read_whole = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} & BIG
    assert index in used
    assert not read_whole, "a table that grows is read from end to end"


@pytest.mark.parametrize("statement", HOT)
async def test_a_hot_statement_goes_by_its_index(statement: str, crowded: House) -> None:
    params, index = HOT[statement]
    assert_by_index(await plan_of(crowded, query(statement), params), index)


@pytest.mark.parametrize("question", ["exits", "quiet"])
async def test_a_journeys_question_goes_by_the_customers_events(question: str, crowded: House) -> None:
    async with crowded.runtime.database.transaction() as connection:
        await crowded.runtime.catalogue.refresh(connection)
        published = await crowded.runtime.catalogue.current_of(connection, "letter")
    asked = getattr(published.questions, question)
    params = {**asked.params, "ids": PEOPLE, "ats": [SOON] * len(PEOPLE)}
    assert_by_index(await plan_of(crowded, asked.sql, params), "event_of_customer")


async def test_due_people_come_out_of_the_index_in_order(crowded: House) -> None:
    """No sorting, and nothing read that is not due: the first hundred of a million are the first of the index."""
    params, index = HOT["lock_due_people"]
    nodes = await plan_of(crowded, query("lock_due_people"), params)
    assert not [node for node in nodes if "Sort" in node["Node Type"]]
    (scan,) = [node for node in nodes if node.get("Index Name") == index]
    assert "due_at" in scan["Index Cond"]
