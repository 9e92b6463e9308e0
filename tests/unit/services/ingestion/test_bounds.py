"""What an event may hold: bounds come before anything is computed."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain import cart
from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.domain.values.amounts import MAX_AMOUNT
from kaskad.services.ingestion import event_limits


def nested(levels: int) -> Any:
    """A list in a list in a list."""
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


BAD: list[tuple[RejectionCode, Any]] = [
    *(
        (RejectionCode.BAD_NUMBER, {"any": [number]})
        for number in (math.nan, math.inf, -math.inf, 1e30, -(10**30), 10**400)
    ),
    *((RejectionCode.BAD_NUMBER, {"price": text}) for text in ("1e999999999", "-1e13", "9" * 400, "1e400")),
    *(
        (RejectionCode.BAD_NUMBER, {"quantity": text})
        for text in (10**12, -(10**12) - 1, 1e13, "1e" + "9" * 30, "1_000_000_000_000")
    ),
    (RejectionCode.BAD_NUMBER, {"products": [{"price": 1}, {"price": "1e400"}]}),
    *((RejectionCode.TOO_LONG, {key: "x" * 501}) for key in sorted(event_limits.INDEXED_KEYS)),
    (RejectionCode.TOO_LONG, {"category": "\U0001f355" * 251}),
    (RejectionCode.TOO_LONG, {"products": [{"product_id": "x" * 501}]}),
    (RejectionCode.TOO_LONG, {"category": ["x" * 300, "x" * 300]}),
    (RejectionCode.TOO_LONG, {"k" * 201: 1}),
    (RejectionCode.TOO_LONG, {"products": list(range(1_001))}),
    (RejectionCode.TOO_DEEP, {"deep": nested(150)}),
    (RejectionCode.TOO_DEEP, {"deep": nested(900)}),
    (RejectionCode.BAD_TEXT, {"text": "a\0b"}),
    (RejectionCode.BAD_TEXT, {"a\0b": 1}),
    (RejectionCode.BAD_TEXT, {"text": "\ud800"}),
    (RejectionCode.BAD_TEXT, {"text": ["\udc00"]}),
    (RejectionCode.TOO_LARGE, {"text": "x" * 33_000}),
]
GOOD: list[dict[str, Any]] = [
    {"brand": "Infinity", "first_name": "Nan", "note": "9" * 400, "text": "1e999999999"},
    {"clicked": 1_764_434_400_000, "price": float(MAX_AMOUNT), "quantity": "0.5", "total": "1 500,50"},
    {"any": 10**29, "small": 5e-324, "price": "1e-999999999"},
    *({"price": text, "products": [{"price": text}]} for text in ("NaN", "sNaN", " -Infinity ", "inf", "N/A")),
    {"price": "dear", "quantity": None, "stock": True, "total": [1]},
    {"category": "я" * 500, "product_id": 7, "products": [0] * 1_000, "deep": nested(90)},
    {"text": r"a backslash and \u0000", "emoji": "\U0001f355"},
]


@pytest.mark.parametrize(("code", "properties"), BAD, ids=lambda value: repr(value)[:50])
def test_what_is_beyond_the_bounds_is_refused_with_its_code(code: RejectionCode, properties: Any) -> None:
    with pytest.raises(EventRejected) as refused:
        event_limits.check_event({"properties": properties})
    assert refused.value.code is code
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("properties", GOOD, ids=lambda value: repr(value)[:50])
def test_what_only_looks_odd_is_taken(properties: dict[str, Any]) -> None:
    event_limits.check_event({"properties": properties})


def test_numbers_are_bounded_under_every_name_that_the_shop_gives_them() -> None:
    with pytest.raises(EventRejected):
        event_limits.check_properties({"rating": "1e99"}, {"rating"})
    event_limits.check_properties({"rating": "1e99"}, event_limits.AMOUNT_KEYS)
    event_limits.check_event({"traits": {"total": "Infinity"}})


def test_no_text_breaks_the_arithmetic_of_carts() -> None:
    for text in (
        "1e999999999",
        1e200,
        "-1e999999999",
        "1e-999999999",
        "sNaN",
        "9" * 5_000,
        "1e" + "9" * 30,
        [1],
        None,
    ):
        line = {"product_id": "tea", "quantity": text, "price": text}
        for name in (cart.ADDED, cart.SNAPSHOT, cart.ORDERED):
            change = cart.CartChange("m", name, datetime(2027, 3, 1, tzinfo=UTC), {**line, "products": [line]})
            assert cart.fold_cart([change]).total in {None, 0}
