"""What journeys, offers and those who look at them ask goes by indexes too, among tens of thousands of everything."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import Compare, DidEvent, ValueType
from kaskad.domain.journeys.entry_trigger import DateTrigger
from kaskad.storage import entrance_scans
from kaskad.storage.conditions.trace import compile_trace
from kaskad.storage.growth import partitions
from kaskad.storage.queries import query
from tests.support.query_plans import MONTHS, ROWS, crowded, indexes, plan_of, read_whole
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio

PEOPLE = list(range(1_000, 1_020))
IDS = [UUID(int=id_) for id_ in PEOPLE]
SOON = NOON + timedelta(minutes=30)
STEP = "send:how_was_it"
ATS = [SOON] * len(PEOPLE)
WHOM = {"ids": PEOPLE, "ats": ATS}
THIRTY_DAYS = timedelta(days=30)
CALLS = [{"id": str(id_), "fence": 1, "status": "sent", "doubtful": False, "now": str(SOON)} for id_ in IDS]
# Row i is of customer and enrollment i; what was decided lies in the months, the last week's behind everything else.
MORE = (
    "INSERT INTO product (id, attributes) SELECT 'p' || i, '{}' FROM generate_series(1, 500) AS i",
    """INSERT INTO promo_code (promo, code, enrollment_id)
       SELECT 'cart10', 'C' || i, CASE WHEN i > 500 THEN i END FROM generate_series(1, %(rows)s) AS i""",
    "INSERT INTO segment_member SELECT 'letter', i, %(at)s FROM generate_series(1, %(rows)s) AS i",
    """INSERT INTO webhook_call (id, enrollment_id, customer_id, journey, version_id, step, webhook, status, decided_at,
                                 not_before, lease_until)
       SELECT lpad(to_hex(i), 32, '0')::uuid, i, i, 'letter', 1, 'webhook:told', 'told',
              CASE i %% 400 WHEN 0 THEN 'queued' WHEN 1 THEN 'sending' ELSE 'sent' END::message_status, %(at)s, %(at)s,
              %(at)s
         FROM generate_series(1, %(rows)s) AS i""",
    """INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, seen, at)
       SELECT i %% 40000, i %% 40000, 'letter', 'send:how_was_it', 'queued', '{}',
              %(at)s - interval '5 months' + i * interval '2 minutes'
         FROM generate_series(1, 110000) AS i""",
    "UPDATE enrollment SET admitted_at = %(at)s - interval '5 months' + id * interval '5 minutes'",
    "UPDATE message SET sent_at = entered_on WHERE status = 'sent'",
)
VACUUM = "VACUUM ANALYZE product, promo_code, segment_member, contact, webhook_call, decision, enrollment, message"
GROWING = ("promo_code", "segment_member", "contact", "webhook_call", "decision")
# statement → what it is asked with, and the index that it has to go by
HOT: dict[str, tuple[dict[str, Any], str]] = {
    "assign_promo_codes": (
        {"promos": ["cart10"] * 20, "enrollments": list(range(1, 21)), "untils": ATS, "now": SOON},
        "promo_code_left",
    ),
    "recommend": ({"enrollments": PEOPLE, "now": SOON, "never": THIRTY_DAYS, "most": 4}, "event_of_customer"),
    "last_similar_purchases": (
        WHOM | {"within": THIRTY_DAYS, "asks_again": True, "bought_again": ["pizza"]},
        "event_of_customer",
    ),
    "last_engagements": ({"customers": PEOPLE, "ats": ATS, "since": date(2026, 9, 1)}, "message_touches"),
    "sibling_enrollments": ({"ids": PEOPLE}, "enrollment_of_customer"),
    "merged_messages": ({"ids": PEOPLE, "since": NOON}, "message_touches"),
    "wake_siblings": (
        {"rows": json.dumps([{"customer_id": n, "journey": "letter", "step": STEP, "at": str(NOON)} for n in PEOPLE])},
        "enrollment_of_customer",
    ),
    "webhook_calls": ({"enrollments": PEOPLE, "names": ["told"] * len(PEOPLE)}, "webhook_call_of_enrollment"),
    "webhook_data": ({"enrollments": PEOPLE}, "ix_identity_customer_id"),
    "next_webhook_due": ({"now": SOON}, "webhook_call_to_make"),
    "lock_webhook_calls": ({"now": SOON, "limit": 50}, "webhook_call_to_make"),
    "lock_abandoned_webhook_calls": ({"limit": 50}, "webhook_call_leased"),
    "begin_webhook_calls": ({"ids": IDS, "now": SOON, "lease": timedelta(minutes=2)}, "webhook_call_pkey"),
    "settle_webhook_calls": ({"rows": json.dumps(CALLS)}, "webhook_call_pkey"),
    "next_due_by_customer": ({"customers": PEOPLE}, "enrollment_of_customer"),
    "explain_enrollments": ({"customer": 1_000, "journey": None, "at": None, "limit": 20}, "enrollment_history"),
    "explain_decisions": ({"enrollments": PEOPLE, "until": None}, "decision_of_enrollment"),
    "explain_messages": ({"enrollments": PEOPLE, "until": None}, "message_of_enrollment"),
    "explain_events": ({"customer": 1_000, "at": None, "limit": 20}, "event_of_customer"),
    "explain_triggers": ({"customer": 1_000, "names": ["app_opened"]}, "event_of_customer"),
    "replay_decisions": ({"enrollments": PEOPLE, "since": None}, "decision_of_enrollment"),
    "replay_enrollments": (
        {"after": 0, "customer": 1_000, "journey": None, "since": None, "limit": 500},
        "decision_of_enrollment",
    ),
    "step_population": ({"journey": "letter", "step": STEP, "limit": 20}, "message_of_enrollment"),
}


@pytest.fixture(scope="module")
async def stack(postgres_admin: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The crowd, with codes, calls and half a year of decisions; nothing that is asked here changes it."""
    from tests.support.postgres import cloned

    with cloned(postgres_admin) as url:
        async with crowded(url, tmp_path_factory.mktemp("crowded")) as made:
            async with made.runtime.database.transaction() as connection:
                for month in (date(2026, 10, 1), *MONTHS):
                    await partitions.create_month(connection, partitions.DECISIONS, month)
            for sql in MORE:
                await made.rows(sql, at=NOON, rows=ROWS)
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(VACUUM)
            yield made


def whole(nodes: list[dict[str, Any]]) -> set[str]:
    """The big tables that are read from end to end."""
    scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan" and not node["Empty"]}
    return read_whole(nodes) | {name for name in scanned if name.startswith(GROWING)}


@pytest.mark.parametrize("statement", HOT)
async def test_a_hot_statement_goes_by_its_index(statement: str, stack: Stack) -> None:
    params, index = HOT[statement]
    nodes = await plan_of(stack, query(statement), params)
    assert index in indexes(nodes)
    assert not whole(nodes)


async def test_few_codes_are_counted_without_reading_them_all(stack: Stack) -> None:
    """Both indexes have those that are left side by side."""
    few = {"promos": ["cart10"], "warn_below": [100], "texts": [""], "journey": "letter", "now": SOON}
    nodes = await plan_of(stack, query("warn_low_promos"), few)
    assert indexes(nodes) & {"promo_code_left", "promo_code_once"}
    assert not whole(nodes)


SILENT = (
    DidEvent(event="order_completed"),
    DidEvent(event="app_opened", negated=True, within=Duration(seconds=7_776_000)),
)
BORN = DateTrigger(date="customer.birthday", every="year", at=time(10), again_after="always")


async def test_what_a_decision_saw_is_asked_of_its_customers_alone(stack: Stack) -> None:
    dear = Compare(path="event.price", op="more_than", value=5, type=ValueType.NUMBER)
    asked = compile_trace((*SILENT, dear))
    nodes = await plan_of(stack, asked.sql, asked.params | WHOM)
    assert "event_of_customer" in indexes(nodes)
    assert not whole(nodes)


@pytest.mark.parametrize(
    "asked", [entrance_scans.SELECT_NEW_MEMBERS, entrance_scans.SELECT_MEMBERS], ids=["came", "inside"]
)
async def test_who_is_in_a_segment_is_asked_of_a_thousand_customers_alone(asked: str, stack: Stack) -> None:
    question = entrance_scans.compile_segment_scan(SILENT, asked)
    params = {**question.params, "at": NOON, "after": 20_000, "limit": 1_000, "journey": "letter"}
    nodes = await plan_of(stack, question.sql, params, run=True)
    assert {"customer_pkey", "event_of_customer"} <= indexes(nodes)
    assert not whole(nodes)
    assert max(node["Actual Rows"] for node in nodes if node.get("Relation Name") == "customer") <= 1_000
    assert asked != entrance_scans.SELECT_NEW_MEMBERS or "segment_member_pkey" in indexes(nodes)


async def test_the_planner_sees_through_the_orders_that_stand(stack: Stack) -> None:
    """A function that is called for each customer would read no index of its own choice."""
    bought = DidEvent(event="order_completed", times={"op": "at_least", "value": 2})
    worth = Compare(path="customer.revenue", op="at_least", value=5, type=ValueType.MONEY)
    question = entrance_scans.compile_segment_scan((bought, worth), entrance_scans.SELECT_NEW_MEMBERS)
    given = {"journey": "letter", "after": 1_000, "limit": 1_000, "at": SOON}
    nodes = await plan_of(stack, question.sql, question.params | given)
    assert {"event_of_customer", "event_of_order"} <= indexes(nodes)
    assert not [node for node in nodes if node.get("Function Name") == "standing_orders"]


async def test_whose_date_is_near_is_asked_in_the_order_of_customers(stack: Stack) -> None:
    question = entrance_scans.compile_date_scan(BORN, [date(2027, 3, 2)])
    nodes = await plan_of(stack, question.sql, {**question.params, "now": NOON, "after": 20_000, "limit": 1_000})
    assert "customer_pkey" in indexes(nodes)
    assert not whole(nodes)


# statement → what it is asked with, by what it goes, and what it may not read from end to end
LATE: dict[str, tuple[dict[str, Any], set[str], tuple[str, ...]]] = {
    "step_activity": ({"journey": "letter"}, {"decision_of_late", "message_of_late"}, ("decision_2", "message")),
    "calendar_entered": ({}, {"enrollment_admitted"}, ("enrollment",)),
    "sent_lately": ({"journeys": ["letter"], "limit": 20_000}, {"message_of_late"}, ("message",)),
}


@pytest.mark.parametrize("statement", LATE)
async def test_what_was_of_late_is_found_without_reading_the_months_before(statement: str, stack: Stack) -> None:
    """What `kaskad show --live` and `kaskad calendar` ask: a week out of half a year."""
    asked, by, tables = LATE[statement]
    nodes = await plan_of(stack, query(statement), {**asked, "since": NOON - timedelta(days=7)})
    assert by <= indexes(nodes)
    assert not [name for name in whole(nodes) if name.startswith(tables)]
