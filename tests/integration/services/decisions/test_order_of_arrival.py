"""In whatever order and however often events arrive before a decision falls due, the end is the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.policy import Cap
from tests.support.rules import with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

JOURNEYS = ("abandoned_cart", "browse_abandonment", "thank_you")
EDIT = with_journeys(keep=JOURNEYS, caps=[Cap(at_most=2, per="day")])
MINUTE = timedelta(minutes=1)
SPAN = 55  # minutes in which everything happens: shorter than any quiet time
EVENTS = 40
PEOPLE = ("anna", "boris", "clara", "dima")
CARTS = ("k1", "k2")
PRODUCTS = ("pepperoni", "cola", "cake")
SHUFFLES = 3

ENROLLMENTS = """SELECT i.value AS who, journey, key, status, entered_at, entry, left_by, left_at, reason, step,
       step_since, CASE WHEN ended_at IS NULL THEN due_at END AS due
  FROM enrollment JOIN identity i USING (customer_id)"""
MESSAGES = """SELECT i.value AS who, journey, step, channel, topic, status, decided_at, counts_on, expires_at
  FROM message m JOIN identity i USING (customer_id)"""
KNOWN = {
    "enrollments": ENROLLMENTS,
    "messages": MESSAGES,
    "carts": "SELECT i.value AS who, cart_id, items, total, updated_at FROM cart JOIN identity i USING (customer_id)",
    "contacts": "SELECT i.value AS who, channel, address, state FROM contact JOIN identity i USING (customer_id)",
    "profiles": "SELECT i.value AS who, attributes, time_zone FROM customer c JOIN identity i ON i.customer_id = c.id",
    "consents": "SELECT i.value AS who, channel, topic, granted, at FROM consent k JOIN identity i USING (customer_id)",
    "events": "SELECT i.value AS who, name, occurred_at, properties FROM event e JOIN identity i USING (customer_id)",
}


def scenario(seed: int) -> list[dict[str, Any]]:
    """What some people do within an hour, as calls without `messageId`, in the order in which it happens."""
    chance = random.Random(seed)
    moments = sorted(chance.sample(range(1, SPAN * 60), EVENTS))
    return [*(call for person in PEOPLE for call in _known(person)), *(_call(chance, moment) for moment in moments)]


def _known(person: str) -> Iterator[dict[str, Any]]:
    call = {"userId": person, "timestamp": NOON.isoformat()}
    yield call | {"type": "identify", "traits": {"email": f"{person}@customer.example"}}
    yield call | {"event": "consent_given", "properties": {"channel": "email", "purpose": "marketing"}}


def _call(chance: random.Random, moment: int) -> dict[str, Any]:
    call = {"userId": chance.choice(PEOPLE), "timestamp": (NOON + timedelta(seconds=moment)).isoformat()}
    product = {
        "product_id": chance.choice(PRODUCTS),
        "price": chance.choice([700, 1500]),
        "quantity": chance.randint(1, 2),
    }
    cart = {"cart_id": chance.choice(CARTS)}
    events: list[tuple[int, str, dict[str, Any]]] = [
        (8, "Product Added", cart | product),
        (6, "Product Removed", cart | product),
        (2, "Cart Updated", cart | {"products": [product] * chance.randint(0, 1)}),
        (2, "order_completed", {"order_id": f"o{moment}"} | chance.choice([cart, {}])),
        (5, "product_viewed", {"product_id": product["product_id"]}),
        (2, "consent_given", {"channel": chance.choice(["email", "push"]), "purpose": "marketing"}),
        (1, "consent_withdrawn", {"channel": chance.choice(["email", "push"]), "purpose": "marketing"}),
        (3, "identify", {"email": f"{moment}@customer.example", chance.choice("ab"): moment, "locale": "ru"}),
    ]
    ((_, name, said),) = chance.choices(events, weights=[weight for weight, _, _ in events])
    return call | ({"type": "identify", "traits": said} if name == "identify" else {"event": name, "properties": said})


def told_by(crowd: str, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, done by people of a crowd of its own."""
    return [
        call
        | {"type": call.get("type", "track"), "userId": f"{crowd}-{call['userId']}", "messageId": f"{crowd}-{n:03}"}
        for n, call in enumerate(calls)
    ]


def batches(calls: list[dict[str, Any]], chance: random.Random) -> Iterator[list[dict[str, Any]]]:
    """The calls in posts of one to seven."""
    while calls:
        size = chance.randint(1, 7)
        yield calls[:size]
        calls = calls[size:]


async def end_of(stack: Stack, crowd: str) -> dict[str, list[str]]:
    """Everything that is known of a crowd, without its name."""
    known = {}
    for part, sql in KNOWN.items():
        rows = await stack.rows(f"SELECT * FROM ({sql}) AS t WHERE who LIKE %(crowd)s", crowd=f"{crowd}-%")
        known[part] = sorted(repr(sorted(row.items())).replace(f"{crowd}-", "") for row in rows)
    return known


@pytest.mark.parametrize("seed", range(6))
async def test_the_end_is_the_same(seed: int, open_stack: OpenStack) -> None:
    chance = random.Random(-seed)
    stack = await open_stack(edit=EDIT)
    for product in PRODUCTS:
        await stack.stock(product, 5)
    await stack.at(NOON + SPAN * MINUTE)
    calls = scenario(seed)
    await stack.post("site", told_by("inorder", calls))
    for crowd in range(SHUFFLES):
        again = told_by(f"crowd{crowd}", calls)
        shuffled = again + chance.choices(again, k=EVENTS // 2)
        chance.shuffle(shuffled)
        for batch in batches(shuffled, chance):
            await stack.post("site", batch)
    for _ in range(18):
        await stack.at(10 * MINUTE)
        for journey in JOURNEYS:
            await stack.decide(journey)
    expected = await end_of(stack, "inorder")
    assert expected["messages"]
    for crowd in range(SHUFFLES):
        found = await end_of(stack, f"crowd{crowd}")
        for part in KNOWN:
            assert found[part] == expected[part]
