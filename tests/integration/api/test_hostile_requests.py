"""Batches of whatever JSON can say: never a fault of ours, the good ones always stored, and the counts add up.

`KASKAD_EXAMPLES=5000 pytest tests/integration/api/test_hostile_requests.py` looks for longer.
"""

from __future__ import annotations

import json
import os
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.integration.api.front import ApiClient, event, front
from tests.support.rules import with_journeys
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio
MORE = "KASKAD_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("KASKAD_EXAMPLES", "15"))
SHIPPED = ("abandoned_cart", "browse_abandonment", "thank_you", "back_in_stock")
AT_ONCE = 60  # events in one request

NAMES = (
    *("Product Viewed", "Product Added", "Product Removed", "Cart Updated", "Order Completed", "Order Cancelled"),
    *(
        "product_stock_changed",
        "product_updated",
        "product_subscribed",
        "consent_given",
        "consent_withdrawn",
        "Signed Up",
    ),
    *("Product Reviewed", "cart_snapshot", "message_sent", "checkout_started", "x", "!!!", "Price Drop", "", "x" * 501),
)
KEYS = (
    *(
        "product_id",
        "cart_id",
        "order_id",
        "email",
        "category",
        "similar",
        "price",
        "quantity",
        "stock",
        "total",
        "store",
    ),
    *(
        "products",
        "name",
        "title",
        "title_ru",
        "url",
        "image_url",
        "refill_days",
        "discount",
        "place",
        "rating",
        "traits",
    ),
    *("channel", "purpose", "topic", "text_version", "text_hash", "phone", "viber", "push_token", "timezone", "locale"),
    *(
        "productId",
        "Price",
        "first_name",
        "birthday",
        "card",
        "area",
        "id",
        "type",
        "token",
        "",
        "\0",
        "\ud800",
        "k" * 300,
    ),
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 0.5, -0.0, 7, 2**63, 10**12, -(10**13), 10**29, 10**30, 10**420, 1e308, 5e-324),
    *(float("nan"), float("inf"), float("-inf"), [], {}, [None], {"a": {"b": [1]}}, [[["x"]]]),
    *("1e999999999", "-1e999999999", "1e-999999999", "Infinity", "-inf", "NaN", "sNaN", "1e13", "999999999999.99"),
    *(
        "1_000",
        "1500,50",
        " 5 ",
        "0x10",
        "1" * 400,
        "\0",
        "a\0b",
        "\ud800",
        "\udc00b",
        "\\u0000",
        "'; --",
        "%s",
        "{}",
        "-",
    ),
    *(
        "2027-03-02T09:00:00Z",
        "0001-01-01",
        "9999-12-31T23:59:59+14:00",
        "+275760-09-13",
        "25:00",
        "all",
        "*",
        "e-mail",
    ),
    *("Europe/Moscow", "../../etc/passwd", "pepperoni", "p1", "k1", "\uffff", "\u202e", "", " ", "null", "x" * 600),
    *("\U0001f355" * 260, "\U0001f355" * 240, "я" * 499, ["p1"] * 120, [0] * 1_500, json.loads("[" * 250 + "]" * 250)),
    *([{"product_id": "p1", "price": 1}] * 200, [{"product_id": "p2", "price": "1e999999999"}], [{}, 5, "x"]),
    *(random.Random(size).randbytes(size).hex() for size in (200, 260, 2_000, 8_000)),
)


def value(chance: random.Random, oddity: float) -> Any:
    """Something odd, or what a source usually says."""
    if chance.random() >= oddity:
        return chance.choice(["p1", "p2", "k1", "o1", 1, 2, 590, "12.50", "email", "carts"])
    if chance.random() < 0.2:
        return {chance.choice(KEYS): chance.choice(ODD), chance.choice(KEYS): chance.choice(ODD)}
    return chance.choice(ODD)


def call(chance: random.Random) -> Any:
    """One event, in which many things are odd, or few."""
    oddity = chance.choice([0.02, 0.05, 0.2, 0.9])
    if chance.random() < oddity / 10:
        return chance.choice(ODD)
    known = {"userId": chance.choice(["kolya", "anna", "u1", 5]), "timestamp": "2027-03-02T08:00:00Z"}
    if chance.random() < 0.2:
        part, said = "traits", {"type": "identify"}
    else:
        part, said = "properties", {"type": "track", "event": chance.choice(NAMES[:17] if oddity < 0.5 else NAMES)}
    made = said | known | {part: {chance.choice(KEYS[:-4]): value(chance, oddity) for _ in range(chance.randint(0, 6))}}
    if chance.random() < 0.5:
        made["messageId"] = str(chance.randrange(10**6))
    for key in ("type", "event", "userId", "anonymousId", "messageId", "timestamp", "properties", "traits", "context"):
        if chance.random() < oddity / 6:
            made[key] = value(chance, 0.9)
    return made


def bodies() -> list[list[Any]]:
    """So many batches of hostile events; the same in each run that does not ask for more."""
    found: list[list[Any]] = []

    @settings(max_examples=EXAMPLES, derandomize=not MORE, database=None, deadline=None, phases=[Phase.generate])
    @given(st.integers(0, 2**64), st.integers(1, AT_ONCE))
    def collect(seed: int, many: int) -> None:
        chance = random.Random(seed)
        found.append([call(chance) for _ in range(many)])

    collect()
    return found


def written(batch: list[Any]) -> bytes:
    """The body as a careless client writes it: NaN, halves of characters and endless numbers in it."""
    return json.dumps({"batch": batch}, ensure_ascii=False).encode("utf-8", "surrogatepass")


async def test_no_value_is_a_fault_of_ours_and_none_harms_another(database_url: str, tmp_path: Path) -> None:
    shipped = with_journeys(keep=SHIPPED)
    async with running_stack(database_url, tmp_path, edit=shipped) as stack, front(stack) as api:
        for number, hostile in enumerate(bodies()):
            await _one(api, number, hostile)
        await stack.person("dima", "email")
        await stack.cart("dima")
        await stack.at(timedelta(minutes=61))
        for journey in SHIPPED:
            await stack.run(journey)
        assert ("email", "dima@customer.example") in stack.sent(), "who is decided about beside them gets the message"


async def _one(api: ApiClient, number: int, hostile: list[Any]) -> None:
    good = [event("Product Added", user=user, messageId=f"{user}{number}") for user in ("boris", "clara")]
    body = written([good[0], *hostile, good[1]])
    if len(body) > 500 * 1024:
        return
    before = await count(api, "event_seen")
    answer = await api.raw("/v1/batch", body)
    assert answer.status_code == 200, (answer.text, hostile)
    rejected = answer.json().get("rejected", [])
    places = [rejection["index"] for rejection in rejected]
    assert places == sorted(set(places)), "each is rejected once"
    assert not {0, len(hostile) + 1} & set(places)
    assert "unstorable" not in {rejection["code"] for rejection in rejected}, (rejected, "bounds come first")
    stored = await count(api, "event_seen")
    ids = ", ".join(f"'{call['messageId']}'" for call in good)
    assert await count(api, f"event_seen WHERE message_id IN ({ids})") == len(good)
    assert stored - before <= len(hostile) + 2 - len(rejected)
    again = await api.raw("/v1/batch", body)
    assert (again.status_code, again.json().get("rejected", [])) == (200, rejected)
    assert await count(api, "event_seen") == stored, "sent again, nothing changes"


async def count(api: ApiClient, table: str) -> int:
    """How many rows there are of it."""
    (row,) = await api.rows(f"SELECT count(*) AS n FROM {table}")
    found: int = row["n"]
    return found
