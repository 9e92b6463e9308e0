"""Whatever stands in a batch: the good of it is stored, the rest is rejected by name, and nothing is read twice."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaskad.domain.journeys.project import EventSpec, Project, Source
from kaskad.domain.values.dialect import Formats
from kaskad.services.ingestion.segment_events import IncomingEvent, ParsedRequest, parse_request

MORE = int(os.environ.get("KASKAD_EXAMPLES", "0"))  # how many examples; without it few, and always the same ones
FUZZ = settings(
    max_examples=MORE or 100,
    derandomize=not MORE,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
TYPES = ("number", "money", "time", "date", "boolean", "text", "list")
KEYS = (*TYPES, "currency", "price", "quantity", "stock", "total", "products", "productId", "category", "context", "x")
SHOP = Project(
    sources={
        "till": Source(
            name="till",
            time_zone="Europe/Moscow",
            formats=Formats(time=("DD.MM.YYYY HH:mm",), date=("DD.MM.YYYY",), decimal=","),
        )
    },
    events={"rated": EventSpec.model_validate({"name": "rated", "properties": {kind: kind for kind in TYPES}})},
    attributes={kind: kind for kind in TYPES},  # type: ignore[misc]
)
WORDS = st.sampled_from(
    [
        "1500,50",
        "1,500",
        "1 500,50 ₽",
        "-1",
        "1e999999999",
        "29.11.2026 10:00",
        "04.03.1990",
        "--03-04",
        "да",
        "EUR",
        "$",
        *(
            "2026-11-29 10:00:00+0300",
            "1764410400000",
            "2027-02-30",
            "\u0661\u0662",
            "a\0b",
            "\ud800",
            "",
            " ",
            "x" * 600,
        ),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([-1, 10**12, 10**400, 1_764_410_400, 1_764_410_400_000])
    | st.text(max_size=20)
    | WORDS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["track", "identify", "page", "screen", "group", "alias"]) | SCALARS,
        "event": st.sampled_from(["rated", "Product Added", "product_removed", "Order Completed", "Consent Withdrawn"])
        | SCALARS,
        "userId": st.sampled_from(["anna", 5]) | SCALARS,
        "anonymousId": SCALARS,
        "previousId": SCALARS,
        "groupId": SCALARS,
        "messageId": st.sampled_from([None, "m1"]) | SCALARS,
        "timestamp": st.sampled_from(["2027-03-02T08:00:00Z", "29.11.2026 10:00"]) | SCALARS,
        "properties": OBJECTS | VALUES,
        "traits": OBJECTS | VALUES,
        "context": VALUES
        | st.fixed_dictionaries(
            {},
            optional={
                "campaign": VALUES,
                "page": VALUES,
                "timezone": SCALARS,
                "traits": OBJECTS,
                "externalIds": VALUES,
            },
        ),
    },
)
GOOD = {
    "type": "track",
    "event": "rated",
    "userId": "anna",
    "timestamp": "2027-03-02T08:00:00Z",
    "properties": {"number": "4,5"},
}


def read(batch: list[Any], source: str) -> ParsedRequest:
    return parse_request({"batch": batch}, NOW, SHOP, source=source)


def told(events: list[IncomingEvent]) -> list[tuple[Any, ...]]:
    """What is stored of them, without ids of withdrawals that no repeat may have."""
    return [(event.index, event.name, event.identities, event.properties, event.spoiled) for event in events]


@FUZZ
@given(batch=st.lists(EVENTS | VALUES, max_size=4), source=st.sampled_from(["site", "till"]))
def test_the_good_of_a_batch_is_stored_and_all_else_has_a_remark(batch: list[Any], source: str) -> None:
    found = read([GOOD | {"messageId": "first"}, *batch, GOOD | {"messageId": "last"}], source)
    stored = [event.index for event in found.events]
    assert {0, len(batch) + 1} <= set(stored)
    rejected = [remark.index for remark in found.remarks if not remark.stored]
    assert sorted(stored + rejected) == list(range(len(batch) + 2)), "each is stored or rejected, and only once"
    for event in found.events:
        assert json.dumps([event.properties, event.traits], allow_nan=False), "the database takes it"
        assert event.properties.keys().isdisjoint(set(event.spoiled) - {"products"})
        assert event.occurred_at.tzinfo is not None
        assert len(event.unread) < 2_000


@FUZZ
@given(batch=st.lists(EVENTS, min_size=1, max_size=3), source=st.sampled_from(["site", "till"]))
def test_what_is_sent_again_is_the_same(batch: list[Any], source: str) -> None:
    first = list(read(batch, source).events)
    again = list(parse_request({"batch": batch}, NOW + timedelta(seconds=3), SHOP, source=source).events)
    assert told(first) == told(again)
    for event, repeated in zip(first, again, strict=True):
        if batch[event.index].get("timestamp") == "2027-03-02T08:00:00Z":
            assert event.message_id == repeated.message_id


@FUZZ
@given(properties=OBJECTS)
def test_what_was_read_once_is_read_as_the_same_again(properties: dict[str, Any]) -> None:
    for event in read([GOOD | {"properties": properties}], "site").events:
        (again,) = read([GOOD | {"properties": event.properties}], "site").events
        assert again.spoiled == (), "nothing canonical is unreadable"
        if not event.spoiled:  # a line says of itself what is spoiled in it: that is ours to say
            assert again.properties == event.properties
