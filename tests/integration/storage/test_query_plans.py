"""The hot queries use their indexes, among tens of thousands of rows of everybody else's, in any month."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kaskad.domain.channel import Channel
from kaskad.storage.facts import profiles
from kaskad.storage.queries import query
from tests.support.query_plans import crowded, indexes, plan_of, read_whole, touched
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio

PEOPLE = list(range(1_000, 1_020))
DAYS = [date(2027, 3, 2), date(2027, 2, 2), date(2027, 1, 2), date(2026, 12, 2), date(2026, 11, 2)] * 4
IDS = [UUID(int=id_) for id_ in PEOPLE]
SOON = NOON + timedelta(minutes=30)
LATER = NOON + timedelta(days=14)  # half of what waits is due
LEASE = {"machine_now": NOON, "lease": timedelta(minutes=2)}
QUEUED = {"journey": "letter", "channel": "email", "now": SOON, "limit": 100}


def message_rows(**values: Any) -> str:
    """A row for each of the people's messages: who, which, in which month, and these values."""
    keys = [
        {"id": str(id_), "entered_on": str(day), "enrollment_id": person, "customer_id": person}
        for id_, day, person in zip(IDS, DAYS, PEOPLE, strict=True)
    ]
    return json.dumps([key | values for key in keys])


def turns(since: datetime | None = None) -> dict[str, Any]:
    """The people's other entries, from then on."""
    at = [since] * len(PEOPLE)
    return {"of": PEOPLE, "journey": ["letter"] * len(PEOPLE), "entered_from": at, "entered_to": [None] * len(PEOPLE)}


def fenced() -> dict[str, Any]:
    """The messages as a worker holds them."""
    return {"ids": IDS, "days": DAYS, "fences": [0] * len(IDS), "on": sorted(set(DAYS))}


def rows(**values: Any) -> dict[str, Any]:
    """The messages as they are written."""
    return {"rows": message_rows(**values), "on": sorted(set(DAYS)), "now": NOON}


RECIPIENTS = {"customers": PEOPLE, "channels": ["email"] * len(PEOPLE)}
ADDRESSES = {"channels": ["email"] * len(PEOPLE), "keys": [f"u{n}@customer.example" for n in PEOPLE]}
SENT = {"source": "site", "received_at": str(NOON), "properties": {}, "name": "cart_updated"}
NEWS = [{"message_id": f"n{n}", "customer_id": n, "occurred_at": str(NOON), **SENT} for n in PEOPLE]
TOKENS = [
    {"customer_id": n, "channel": "push", "address_key": f"t{n + 1}", "address": f"t{n + 1}", "device_id": f"d{n}"}
    | {"updated_at": str(NOON), "message_id": "m"}
    for n in PEOPLE
]
WORDS = [
    {"customer_id": n, "values": {"a1": "gold", "new": None}, "at": str(LATER), "message_id": "n", "source": "crm"}
    for n in PEOPLE
]
# statement → what it is asked with, and the index that every look at the big table has to go through
HOT: dict[str, tuple[dict[str, Any], str]] = {
    "lock_due_customers": ({"journey": "letter", "now": SOON, "limit": 100}, "enrollment_due"),
    "due_enrollments": ({"customers": PEOPLE, "ats": [LATER] * len(PEOPLE), "only": None}, "enrollment_of_customer"),
    "touches": ({"customers": PEOPLE, "since": NOON.date()}, "message_touches"),
    "attempts": ({"enrollments": PEOPLE, "days": DAYS, "on": sorted(set(DAYS))}, "message_of_enrollment"),
    "other_entries": (turns(), "enrollment_history"),
    "standing_consents": (
        {"customers": PEOPLE, "purposes": profiles.MARKETING, "at": NOON},
        "consent_latest",
    ),
    "people": ({"customers": PEOPLE}, "suppression_pkey"),
    "write_attributes": ({"rows": json.dumps(WORDS), "customers": PEOPLE}, "attribute_pkey"),
    "derive_profiles": ({"customers": PEOPLE}, "attribute_pkey"),
    "read_attributes": ({"customers": PEOPLE}, "event_of_customer"),
    "told_contacts": ({"customers": PEOPLE}, "event_of_customer"),
    "send_contacts": (RECIPIENTS, "address_pkey"),
    "lock_for_sending": (RECIPIENTS, "address_pkey"),
    "lock_addresses": (ADDRESSES, "address_pkey"),
    "held_addresses": (ADDRESSES | {"without": PEOPLE[:1]}, "contact_of_address"),
    "unheld_addresses": ({"channel": "email", "key": "u1", "limit": 10}, "address_pkey"),
    "new_addresses": (RECIPIENTS | ADDRESSES, "contact_pkey"),
    "find_holders": (ADDRESSES, "device_of_address"),
    "address_touches": (
        {"channels": ["email"] * len(PEOPLE), "hashes": [f"#{n}" for n in PEOPLE], "since": NOON - timedelta(days=30)},
        "address_touch_pkey",
    ),
    "receipt_targets": ({"ids": IDS, "on": sorted(set(DAYS))}, "message_pkey"),
    "withdraw_consents": (
        {"rows": json.dumps([{"customer_id": n, "purpose": "marketing", "topic": "carts"} for n in PEOPLE])},
        "consent_latest",
    ),
    "seed_devices": ({"rows": json.dumps(TOKENS)}, "contact_pkey"),
    "write_devices": ({"rows": json.dumps(TOKENS)}, "device_pkey"),
    "release_devices": ({"rows": json.dumps(TOKENS)}, "device_of_address"),
    "close_dead_addresses": ({"rows": json.dumps(TOKENS)}, "device_pkey"),
    "write_contacts": ({"rows": json.dumps(TOKENS)}, "contact_pkey"),
    "inherit_refusals": ({"rows": json.dumps(TOKENS)}, "refused_address_pkey"),
    "choose_devices": ({"rows": json.dumps(TOKENS), "most": 10}, "device_pkey"),
    "lock_customers": ({"ids": PEOPLE}, "customer_pkey"),
    "load_enrollments": ({"enrollments": PEOPLE}, "enrollment_pkey"),
    "render_data": ({"enrollments": PEOPLE}, "enrollment_pkey"),
    "claim_messages": (QUEUED | LEASE, "message_to_send"),
    "queued_channels": (QUEUED | {"channels": list(Channel), "most": 1_000}, "message_to_send"),
    "next_work_by_journey": ({"channels": list(Channel)}, "message_to_send"),
    "expire_leases": ({"machine_now": SOON, "now": SOON}, "message_leased"),
    "cart_changes": (
        {
            "customers": PEOPLE,
            "buyers": PEOPLE[:3],
            "owners": PEOPLE,
            "carts": ["k1"] * len(PEOPLE),
            "names": ["product_added", "order_completed"],
        },
        "event_of_customer",
    ),
    "derive_events": ({"rows": json.dumps(NEWS)}, "event_of_customer"),
    "expand_fanout": (
        {
            "event": "product_viewed",
            "taken_back": "product_unliked",
            "below": 100,
            "used_up": True,
            "message": "m1",
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
    "known_entries": (
        {"journey": "letter", "customers": PEOPLE, "names": ["date:2027-03-02"] * len(PEOPLE)},
        "enrollment_history",
    ),
    "wake_enrollments": (
        {"rows": '[{"customer_id": 1000, "name": "order_completed"}]', "now": NOON},
        "enrollment_of_customer",
    ),
    "lock_for_send_check": (fenced(), "message_pkey"),
    "find_still_claimed": (fenced(), "message_pkey"),
    "release_claims": (fenced(), "message_pkey"),
    "lease_claimed_messages": (fenced() | LEASE, "message_pkey"),
    "begin_sending": (rows(fence=0) | LEASE, "message_pkey"),
    "hold_messages": (rows(fence=0, status="held", due_at=str(NOON)), "message_pkey"),
    "settle_messages": (rows(fence=0, status="sent"), "message_pkey"),
    "apply_receipts": (rows(failed=False), "message_pkey"),
    "drop_unsent": (rows(step="send:how_was_it"), "message_of_enrollment"),
    "record_enrollment_failures": (
        {
            "rows": json.dumps([{"enrollment": n} for n in PEOPLE]),
            "now": NOON,
            "pause": timedelta(minutes=1),
            "most": 3,
        },
        "enrollment_pkey",
    ),
    "due_unknowns": ({"now": NOON, "after_at": NOON, "after": UUID(int=0), "limit": 100}, "message_unknown"),
    "write_enrollments": ({"rows": json.dumps([{"id": n, "status": "active"} for n in PEOPLE])}, "enrollment_pkey"),
}
# Of these each row lies in a month that is known: 20 rows of five months; of four rows, one month each.
BY_MONTH = (
    "attempts",
    "lease_claimed_messages",
    "lock_for_send_check",
    "release_claims",
    "begin_sending",
    "settle_messages",
    "drop_unsent",
)


@pytest.fixture(scope="module")
async def stack(postgres_admin: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The crowd; nothing that is asked here changes it."""
    from tests.support.postgres import cloned

    with cloned(postgres_admin) as url:
        async with crowded(url, tmp_path_factory.mktemp("crowded")) as made:
            yield made


@pytest.mark.parametrize("statement", HOT)
async def test_a_hot_statement_goes_by_its_index(statement: str, stack: Stack) -> None:
    params, index = HOT[statement]
    nodes = await plan_of(stack, query(statement), params)
    assert index in indexes(nodes)
    assert not read_whole(nodes)


def in_march(params: dict[str, Any]) -> dict[str, Any]:
    """The same question about those alone who came in the month that it is."""
    if "rows" in params:
        return params | {"rows": json.dumps(json.loads(params["rows"])[::5]), "on": DAYS[:1]}
    return {name: value[::5] if isinstance(value, list) else value for name, value in params.items()} | {"on": DAYS[:1]}


@pytest.mark.parametrize("statement", BY_MONTH)
async def test_a_message_is_looked_for_in_its_month_alone(statement: str, stack: Stack) -> None:
    params, _ = HOT[statement]
    everywhere = await plan_of(stack, query(statement), params, run=True)
    here = await plan_of(stack, query(statement), in_march(params), run=True)
    assert len(touched(everywhere, "message")) == 5
    assert touched(here, "message") == {"message_default"}


async def test_what_was_sent_before_is_found_without_reading_the_ledger(stack: Stack) -> None:
    """The guard is one small index; what is new is only added to the ledger."""
    nodes = await plan_of(stack, query("insert_events"), {"rows": json.dumps(NEWS)}, run=True)
    assert not read_whole(nodes)
    assert not touched(nodes, "event")


@pytest.mark.parametrize("statement", ["write_attributes", "derive_profiles"])
async def test_a_profile_is_written_without_reading_events(statement: str, stack: Stack) -> None:
    nodes = await plan_of(stack, query(statement), HOT[statement][0], run=True)
    assert not touched(nodes, "event")
    assert not any((node.get("Relation Name") or "").startswith("event") for node in nodes)


@pytest.mark.parametrize("question", ["exits", "quiet"])
async def test_a_journeys_question_goes_by_the_customers_events(question: str, stack: Stack) -> None:
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)
        published = await stack.runtime.catalogue.current_of(connection, "letter")
    asked = getattr(published.questions, question)
    params = {**asked.params, "ids": PEOPLE, "ats": [SOON] * len(PEOPLE)}
    nodes = await plan_of(stack, asked.sql, params)
    assert "event_of_customer" in indexes(nodes)
    assert not read_whole(nodes)


async def test_due_people_come_out_of_the_index_in_order(stack: Stack) -> None:
    """No sorting, and nothing read that is not due: the first hundred of a million are the first of the index."""
    params, index = HOT["lock_due_customers"]
    nodes = await plan_of(stack, query("lock_due_customers"), params)
    assert not [node for node in nodes if "Sort" in node["Node Type"]]
    (scan,) = [node for node in nodes if node["Index"] == index]
    assert "due_at" in scan["Index Cond"]


@pytest.mark.parametrize("statement", ["next_work_by_journey", "queued_channels", "claim_messages"])
async def test_a_look_at_the_queue_reads_no_more_of_it_than_it_needs(statement: str, stack: Stack) -> None:
    """Thousands are queued: of each month the first is looked at, or the first few."""
    params = HOT[statement][0] | {"now": LATER, "most": 10, "limit": 10}
    nodes = await plan_of(stack, query(statement), params, run=True)
    scans = [node for node in nodes if node["Index"] == "message_to_send" and node["Actual Loops"]]
    assert scans
    assert max(node["Actual Rows"] for node in scans) <= 11


async def test_the_report_asks_for_each_consent_by_its_index(stack: Stack) -> None:
    """What was sent is read once; what held for each message then is found by the customer."""
    params = {"since": None, "until": None, "subscribed": ["service"]}
    nodes = await plan_of(stack, query("report_messages"), params)
    assert {"consent_latest", "event_of_customer"} <= indexes(nodes)
    assert not {name for name in read_whole(nodes) if name.startswith(("consent", "event"))}


async def test_addresses_are_compared_by_what_stands_beside_them(stack: Stack) -> None:
    """Nothing is worked out from an address while it is compared: that was most of what this question took."""
    for statement in ("people", "calendar_people", "count_audience"):
        params = {"customers": PEOPLE, "now": NOON, "until": LATER, "channels": ["email"], "consent": False}
        nodes = await plan_of(stack, query(statement), params)
        assert "suppression_pkey" in indexes(nodes) or statement != "people"
        compared = [str(node[key]) for node in nodes for key in node if key.endswith(("Cond", "Filter"))]
        assert any("address_key" in comparison for comparison in compared), statement
        assert not [comparison for comparison in compared if "regexp" in comparison or "lower(" in comparison], (
            statement
        )


async def test_of_who_came_often_only_what_again_after_reaches_is_looked_into(stack: Stack) -> None:
    """Of twenty people each has one entry; four of them this month, four in each of the months before."""
    whole = await plan_of(stack, query("other_entries"), turns(), run=True)
    near = await plan_of(stack, query("other_entries"), turns(NOON - timedelta(days=1)), run=True)
    assert not read_whole(whole)
    assert not read_whole(near)
    assert (looked_into(whole), looked_into(near)) == (20, 4)
    assert touched(near, "message") == {"message_default"}


def looked_into(nodes: list[dict[str, Any]]) -> int:
    """How many entries' messages were looked for."""
    return next(node["Actual Loops"] for node in nodes if node["Node Type"] == "Aggregate")
