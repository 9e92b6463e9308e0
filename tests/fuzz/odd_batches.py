"""Batches in which good events stand among odd ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

NAMES = (
    *("Product Added", "Product Removed", "Cart Updated", "Order Completed", "Order Cancelled", "Order Refunded"),
    *("Product Viewed", "Consent Given", "Consent Withdrawn", "Unsubscribed", "Product Stock Changed", "app_opened"),
)
KEYS = (
    *("userId", "anonymousId", "messageId", "timestamp", "sentAt", "type", "event", "traits", "properties", "context"),
    *("email", "phone", "price", "quantity", "total", "currency", "products", "product_id", "cart_id", "order_id"),
    *("purpose", "channel", "topic", "externalIds", "device", "token", "locale", "timezone", "stock", "birthday"),
)
ODD_TEXTS = (
    *(
        "",
        " ",
        "\0",
        "\ud800",
        "null",
        "[object Object]",
        "1e999999999",
        "-1",
        "1,500",
        "1500,50",
        "x" * 600,
        "я" * 300,
    ),
    *("2027-03-02T09:00:00Z", "29.11.2026 10:00", "0000-00-00", "9999-12-31T23:59:59Z", "1764434400", "--03-04"),
    *(
        "kolya@customer.example",
        "Kolya@CUSTOMER.example ",
        "info@straße.example",
        "+7 916 000-00-05",
        "112",
        "all",
        "*",
    ),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.sampled_from(ODD_TEXTS),
    st.text(max_size=30),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=8)), inner, max_size=5),
    ),
    max_leaves=12,
)
PROPERTIES = st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=8)), VALUES, max_size=6)
KINDS = st.sampled_from(("track", "track", "track", "identify", "page", "screen", "group", "alias"))
NONE = st.just(None)  # as if the key were not there


def _mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any] = VALUES) -> st.SearchStrategy[Any]:
    """The usual in nine of ten: so that an event comes through to where it is computed with."""
    return st.integers(0, 9).flatmap(lambda number: usual if number else odd)


EVENTS = st.fixed_dictionaries(
    {
        "type": _mostly(KINDS),
        "event": _mostly(st.sampled_from(NAMES)),
        "userId": _mostly(st.sampled_from(("kolya", "tolya", 7))),
        "anonymousId": _mostly(st.one_of(NONE, st.sampled_from(("device-1", "device-2")))),
        "timestamp": _mostly(st.one_of(NONE, st.sampled_from(("2027-03-02T08:59:00Z", "2027-03-02 08:00:00+0300")))),
        "properties": _mostly(PROPERTIES),
        "traits": _mostly(st.one_of(NONE, PROPERTIES)),
        "context": _mostly(st.one_of(NONE, PROPERTIES)),
    },
    optional={"messageId": VALUES},
)


@dataclass(frozen=True, slots=True)
class OddBatch:
    """Odd events; a good one of the same batch stands behind each of `good_after`."""

    odd: tuple[Any, ...]
    good_after: tuple[int, ...]

    def events(self, prefix: str) -> list[Any]:
        """The events in their order; all that have no id of their own get one with this prefix."""
        events: list[Any] = []
        for place, event in enumerate(self.odd):
            named = isinstance(event, dict) and "messageId" not in event
            events.append({**event, "messageId": f"{prefix}-odd-{place}"} if named else event)
            if place in self.good_after:
                events.append(good(f"{prefix}-{place}"))
        return events


def to_body(events: list[Any]) -> bytes:
    """The body of the request, in JSON as careless programs write it."""
    return json.dumps({"batch": events}).encode("utf-8", "surrogatepass")


def good(message_id: str) -> dict[str, Any]:
    """An event that nothing is wrong with."""
    said = {"product_id": "pepperoni", "price": 590, "quantity": 1, "cart_id": "k1"}
    return {"type": "track", "event": "Product Added", "userId": "olya", "messageId": message_id, "properties": said}


BATCHES = st.builds(
    OddBatch,
    st.lists(_mostly(EVENTS), min_size=1, max_size=6).map(tuple),
    st.sets(st.integers(0, 5), max_size=4).map(lambda places: tuple(sorted(places))),
)
