"""Batches of whatever JSON can say: never a fault of ours, the good ones always stored, and the counts add up.

`KASKAD_EXAMPLES=5000 pytest tests/integration/api/test_api_hostile.py` looks for longer.
"""

from __future__ import annotations

import json
import os
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from front import Door, event, front
from house import house
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rules import with_journeys

pytestmark = pytest.mark.anyio
EXAMPLES = int(os.environ.get("KASKAD_EXAMPLES", "12"))
SHIPPED = ("abandoned_cart", "browse_abandonment", "thank_you", "back_in_stock")
AT_ONCE = 20  # events in one request

NAMES = [
    "Product Viewed",
    "Product Added",
    "Product Removed",
    "Cart Updated",
    "Order Completed",
    "product_stock_changed",
    "product_updated",
    "product_subscribed",
    "consent_given",
    "consent_withdrawn",
    "Signed Up",
    "Product Reviewed",
    "cart_snapshot",
    "message_sent",
    "x",
]
KEYS = [
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
        "device",
        "externalIds",
        "",
    ),
]
TEXTS = (
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
    *(random.Random(size).randbytes(size).hex() for size in (200, 260, 2_000, 8_000)),
)
LARGE = (["p1"] * 120, [0] * 1_500, [{"product_id": "p1", "price": 1}] * 200, json.loads("[" * 250 + "]" * 250))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**12, -(10**13), 2**63, 10**29, 10**30, 10**420, 1e308, 5e-324, -0.0]),
    st.floats(),
    st.text(max_size=20),
    st.characters().map(lambda one: one * 400),
    st.sampled_from(TEXTS),
    st.sampled_from(LARGE),
)
KEY = st.one_of(st.sampled_from(KEYS), st.text(max_size=10), st.just("k" * 300))
VALUES = st.recursive(
    SCALARS,
    lambda parts: st.one_of(st.lists(parts, max_size=3), st.dictionaries(KEY, parts, max_size=4)),
    max_leaves=5,
)
OBJECTS = st.dictionaries(KEY, VALUES, max_size=6)
USERS = st.one_of(st.sampled_from(["kolya", "anna", "u1", 5]), VALUES)
EVENTS = st.one_of(
    st.fixed_dictionaries(
        {"event": st.one_of(st.sampled_from(NAMES), VALUES), "userId": USERS},
        optional={
            "type": st.one_of(st.sampled_from(["track", "identify", "page", "alias"]), VALUES),
            "messageId": st.one_of(st.sampled_from(["m1", "m2", ""]), VALUES),
            "timestamp": st.one_of(st.sampled_from(["2027-03-02T08:00:00Z", "2027-03-02T08:00:00+03:00"]), VALUES),
            "properties": st.one_of(OBJECTS, VALUES),
            "context": st.one_of(OBJECTS, VALUES),
            "traits": st.one_of(OBJECTS, VALUES),
            "anonymousId": VALUES,
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("identify"), "userId": USERS, "traits": OBJECTS},
        optional={"context": OBJECTS, "messageId": VALUES, "timestamp": VALUES},
    ),
    VALUES,
)
BATCHES = st.lists(EVENTS, min_size=1, max_size=AT_ONCE)


def bodies() -> list[list[Any]]:
    """So many batches of hostile events; the same in each run that does not ask for more."""
    found: list[list[Any]] = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(BATCHES)
    def collect(batch: list[Any]) -> None:
        found.append(batch)

    collect()
    return found


def written(batch: list[Any]) -> bytes:
    """The body as a careless client writes it: NaN, halves of characters and endless numbers in it."""
    return json.dumps({"batch": batch}, ensure_ascii=False).encode("utf-8", "surrogatepass")


async def test_no_value_is_a_fault_of_ours_and_none_harms_another(database_url: str, tmp_path: Path) -> None:
    shipped = with_journeys(keep=SHIPPED)
    async with house(database_url, tmp_path, edit=shipped) as home, front(home) as api:
        for number, hostile in enumerate(bodies()):
            await _one(api, number, hostile)
        await home.person("dima", "email")
        await home.cart("dima")
        await home.at(timedelta(minutes=61))
        for journey in SHIPPED:
            await home.run(journey)
        assert ("email", "dima@customer.example") in home.sent(), "who is decided about beside them gets the message"


async def _one(api: Door, number: int, hostile: list[Any]) -> None:
    good = [event("Product Added", user=user, messageId=f"{user}{number}") for user in ("boris", "clara")]
    body = written([good[0], *hostile, good[1]])
    if len(body) > 500 * 1024:
        return
    before = await count(api, "event_seen")
    answer = await api.raw("/v1/batch", body)
    assert answer.status_code == 200, (answer.text, hostile)
    rejected = answer.json().get("rejected", [])
    places = [one["index"] for one in rejected]
    assert places == sorted(set(places)), "each is rejected once"
    assert not {0, len(hostile) + 1} & set(places)
    stored = await count(api, "event_seen")
    ids = ", ".join(f"'{one['messageId']}'" for one in good)
    assert await count(api, f"event_seen WHERE message_id IN ({ids})") == len(good)
    assert stored - before <= len(hostile) + 2 - len(rejected)
    again = await api.raw("/v1/batch", body)
    assert (again.status_code, again.json().get("rejected", [])) == (200, rejected)
    assert await count(api, "event_seen") == stored, "sent again, nothing changes"


async def count(api: Door, table: str) -> int:
    """How many rows there are of it."""
    (row,) = await api.rows(f"SELECT count(*) AS n FROM {table}")
    found: int = row["n"]
    return found
