"""Values that other systems misread in silence: each is read, spoiled or rejected, and two more of its kind are too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.segment_events import ParsedRequest, parse_request
from tests.support.shipped import shipped_draft

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
LONG = "пицца " * 1_000  # 6 KB of a category


@pytest.fixture(scope="module")
def read() -> Any:
    project = shipped_draft().project

    def parse(*calls: dict[str, Any]) -> ParsedRequest:
        who = {"type": "track", "userId": "anna"}
        good = who | {"event": "app_opened"}
        return parse_request({"batch": [good, *(who | call for call in calls), good]}, NOW, project, source="site")

    return parse


def track(event: str, **said: Any) -> dict[str, Any]:
    return {"event": event, "properties": said}


READ: list[tuple[dict[str, Any], str, Any]] = [
    (track("Product Added", product_id="p", price="1500,50"), "price", 1500.5),
    (track("Order Completed", total="1\u202f500,50 р."), "total", 1500.5),
    (track("Order Refunded", total="1'500.50", currency="rub"), "total", 1500.5),
    (track("Product Stock Changed", product_id="p", stock="3,5"), "stock", 3.5),
    (track("Product Added", product_id="p", quantity="0,25"), "quantity", 0.25),
    (track("Product Reviewed", rating="4,5"), "rating", 4.5),
    (track("Product Added", product_id="p", price="1500,5"), "price", 1500.5),
    (track("Product Stock Changed", product_id="p", stock="1 000"), "stock", 1000),
    (track("Order Delivered", delivered_at="2027-03-02 12:00:00+0300"), "delivered_at", "2027-03-02T09:00:00Z"),
    (track("Meeting Booked", starts_at=1_803_978_000_000), "starts_at", "2027-03-02T09:00:00Z"),
    (track("Application Opened", from_background="да"), "from_background", True),
]


@pytest.mark.parametrize(("call", "key", "value"), READ, ids=repr)
def test_what_has_one_meaning_is_read(call: dict[str, Any], key: str, value: Any, read: Any) -> None:
    found = read(call)
    assert found.remarks == []
    assert found.events[1].properties[key] == value


SPOILED: list[tuple[dict[str, Any], str]] = [
    (track("Product Added", product_id="p", price="1,500"), "price"),
    (track("Order Completed", total="free", order_id="o"), "total"),
    (track("Product Updated", product_id="p", price="from 500"), "price"),
    (track("Product Added", product_id="p", price="10 $", currency="JPY"), "price"),
    (track("Order Completed", total=5, products=[{"product_id": "p", "price": "1,500"}]), "products.price"),
    (track("Order Completed", total=5, products=[{"product_id": "p", "quantity": -1}]), "products.quantity"),
    (track("Product Stock Changed", product_id="p", stock="many"), "stock"),
    (track("Product Stock Changed", product_id="p", stock="3 шт"), "stock"),
    (track("Product Added", product_id="p", price="1500,-"), "price"),
    (track("Product Added", product_id="p", quantity="½"), "quantity"),
    (track("Cart Updated", total="¥1500", products=[{"product_id": "p"}]), "total"),
    (track("Order Delivered", delivered_at="29.11.2026 10:00"), "delivered_at"),
]


@pytest.mark.parametrize(("call", "name"), SPOILED, ids=repr)
def test_what_has_none_or_two_is_unknown_and_told(call: dict[str, Any], name: str, read: Any) -> None:
    found = read(call)
    assert found.events[1].spoiled == (name,)
    assert [(remark.index, remark.code, remark.stored) for remark in found.remarks] == [
        (1, RejectionCode.SPOILED, True)
    ]


REJECTED: list[tuple[dict[str, Any], RejectionCode]] = [
    (track("Product Removed", product_id="p", quantity=-1), RejectionCode.BAD_NUMBER),
    (track("Product Removed", product_id="p", quantity="-0,5"), RejectionCode.BAD_NUMBER),
    (track("Product Removed", product_id="p", quantity="\u22121"), RejectionCode.BAD_NUMBER),
    (track("Product Added", product_id="p", quantity=-2.5), RejectionCode.BAD_NUMBER),
    (track("Product Added", product_id="p", quantity="1e999999999"), RejectionCode.BAD_NUMBER),
    (track("Product Added", product_id="p", price="9" * 400), RejectionCode.BAD_NUMBER),
    (track("Product Updated", product_id="p", refill_days=10**13), RejectionCode.BAD_NUMBER),
    (track("Product Viewed", product_id="p", category=LONG), RejectionCode.TOO_LONG),
    (track("Product Viewed", product_id=LONG), RejectionCode.TOO_LONG),
    (track("Order Completed", products=[{"productId": LONG}]), RejectionCode.TOO_LONG),
    (track("App Opened") | {"timestamp": "29.11.2026 10:00"}, RejectionCode.BAD_TIME),
    (track("App Opened") | {"timestamp": "11/29/2026"}, RejectionCode.BAD_TIME),
    (track("App Opened") | {"timestamp": 20_261_129}, RejectionCode.BAD_TIME),
]


@pytest.mark.parametrize(("call", "code"), REJECTED, ids=lambda value: repr(value)[:60])
def test_what_means_nothing_is_rejected_and_the_rest_is_stored(
    call: dict[str, Any], code: RejectionCode, read: Any
) -> None:
    found = read(call)
    assert [event.index for event in found.events] == [0, 2]
    assert [(remark.index, remark.code, remark.stored) for remark in found.remarks] == [(1, code, False)]
