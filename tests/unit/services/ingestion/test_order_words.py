"""Carts and orders in the words of other shops' systems."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.journeys.project import EventSpec, Project
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.segment_events import IncomingEvent, ParsedRequest, parse_request

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
OWN = {"name": "order_completed", "aliases": ["Order Completed"], "properties": {"items": "list"}}
SHOP = Project(
    events={
        "order_status_changed": EventSpec.model_validate(
            {"name": "order_status_changed", "aliases": ["Order Status Changed", "Order Updated"]}
        ),
        "checkout_started": EventSpec.model_validate({"name": "checkout_started", "properties": {"total": "money"}}),
        "order_returned": EventSpec.model_validate({"name": "order_returned", "aliases": ["Order Refunded"]}),
    }
)
TEA, JAM = {"product_id": "tea", "price": 450, "quantity": 2}, {"product_id": "jam", "price": "600,50"}
LINES = [TEA, JAM | {"price": 600.5}]


def read(name: str, project: Project = SHOP, **said: Any) -> ParsedRequest:
    return parse_request({"event": name, "userId": "anna", "messageId": "m", "properties": said}, NOW, project)


def event(name: str, **said: Any) -> IncomingEvent:
    (found,) = read(name, **said).events
    return found


@pytest.mark.parametrize("name", ["Cart Updated", "Order Completed", "Order Refunded", "order_cancelled"])
@pytest.mark.parametrize("key", ["products", "line_items", "lineItems", "items", "lines", "cart_items", "Order Items"])
def test_lines_are_read_whatever_their_list_is_called(name: str, key: str) -> None:
    found = event(name, total=5, **{key: [TEA, JAM]})
    assert (found.properties, found.spoiled) == ({"total": 5, "products": LINES}, ())


@pytest.mark.parametrize(
    ("said", "products"),
    [
        ({"products": None, "items": [TEA]}, [TEA]),
        ({"products": [], "items": [TEA]}, [TEA]),
        ({"products": [TEA], "items": [JAM]}, [TEA]),
        ({"items": 3, "lines": [TEA]}, [TEA]),
        ({"items": ["tea"], "lines": [TEA]}, [TEA]),
        ({"line_items": []}, []),
        ({"items": 3}, None),
        ({"items": ["tea"]}, None),
    ],
    ids=repr,
)
def test_the_first_list_of_objects_is_that_of_the_lines(said: dict[str, Any], products: Any) -> None:
    assert event("Cart Updated", total=5, **said).properties.get("products") == products


def test_a_list_that_the_shop_declares_stays_as_well() -> None:
    project = Project(events={"order_completed": EventSpec.model_validate(OWN)})
    (found,) = read("Order Completed", project, total=5, items=[TEA]).events
    assert (found.properties["items"], found.properties["products"]) == ([TEA], [TEA])
    assert event("rated", items=[TEA], value=5).properties == {"items": [TEA], "value": 5}, "no order, and no cart"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"item_id": 7, "item_name": "Tea", "price": 5}, {"product_id": "7", "name": "Tea", "price": 5}),
        ({"id": "7", "sku": "s", "qty": "2"}, {"product_id": "7", "sku": "s", "quantity": 2}),
        ({"id": "line", "product_id": "p", "qty": 9, "quantity": 1}, {"product_id": "p", "quantity": 1}),
        ({"id": "7", "item_id": "8", "product_id": ""}, {"product_id": "8"}),
    ],
)
def test_a_line_may_name_its_product_in_other_words(line: dict[str, Any], expected: dict[str, Any]) -> None:
    (found,) = event("Cart Updated", items=[line]).properties["products"]
    assert {key: found.get(key) for key in expected} == expected


MONEY = [
    *(({key: 55}, 55) for key in ("total", "revenue", "value", "total_price", "totalPrice", "amount", "cart_total")),
    *(({key: "55,50 ₽"}, 55.5) for key in ("order_total", "grand_total", "Grand Total", "subtotal", "orderValue")),
    ({"total": 50, "revenue": 45, "value": 40}, 50),
    ({"total": None, "revenue": 45, "value": 40}, 45),
    ({"total": "", "value": 40, "subtotal": 30}, 40),
    ({"value": "gold", "amount": 40}, 40),
    ({"total": 0, "revenue": 45}, 0),
]


@pytest.mark.parametrize("name", ["Cart Updated", "Order Completed", "checkout_started"])
@pytest.mark.parametrize(("said", "total"), MONEY, ids=repr)
def test_money_is_the_total_in_whatever_word(name: str, said: dict[str, Any], total: float) -> None:
    found = event(name, **said)
    assert (found.properties["total"], found.spoiled) == (total, ())


def test_an_alias_keeps_its_currency() -> None:
    assert event("Order Completed", value="55 €").properties | {"value": 0} == {
        "total": 55,
        "value": 0,
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    ("said", "total"),
    [
        ({"products": [TEA, JAM]}, 1500.5),
        ({"products": [TEA | {"currency": "EUR"}], "currency": "EUR"}, 900),
        ({"items": [{"id": "tea", "price": 3, "quantity": 0.5}], "value": "gold"}, 1.5),
        ({"products": [{"product_id": "tea", "price": 0}]}, 0),
        ({"products": [TEA, {"product_id": "jam"}]}, None),
        ({"products": [TEA, {"product_id": "jam", "price": "dear"}]}, None),
        ({"products": [TEA, "jam"]}, None),
        ({"products": [TEA, JAM | {"currency": "EUR"}]}, None),
        ({"products": []}, None),
        ({"value": "gold"}, None),
        ({"value": True, "amount": []}, None),
        ({"total": "free", "products": [TEA]}, None),
        ({}, None),
    ],
    ids=repr,
)
def test_an_order_without_a_total_is_worth_its_lines_or_nobody_knows(said: dict[str, Any], total: Any) -> None:
    found = event("Order Completed", **said)
    assert found.properties.get("total") == total
    assert ("total" in found.spoiled) is (total is None)


def test_unknown_money_is_told() -> None:
    (remark,) = read("Order Completed", order_id="o").remarks
    assert (remark.code, remark.detail, remark.stored) == (
        RejectionCode.SPOILED,
        "total is unknown: nothing tells it",
        True,
    )


@pytest.mark.parametrize("said", [{"total": -100}, {"revenue": "-100"}, {"products": [TEA | {"price": -50}]}])
def test_an_order_worth_less_than_nothing_is_worth_nobody_knows_what(said: dict[str, Any]) -> None:
    found = read("Order Completed", **said)
    assert (found.events[0].spoiled, found.events[0].properties["negative_total"]) == (("total",), -100)
    assert "total" not in found.events[0].properties
    assert found.remarks[0].detail == "total could not be read: '-100, less than nothing'"


@pytest.mark.parametrize(
    ("said", "total"),
    [
        *(({"total": said}, 30) for said in (30, -30, "-30", "\u221230,00 ₽")),
        *(({key: 30}, 30) for key in ("amount", "refund_amount", "refundAmount", "revenue", "value", "refund_total")),
        ({"total": 100, "refund_amount": -30}, 30),
        ({"total": 30, "amount": 100}, 30),
    ],
    ids=repr,
)
def test_what_came_back_is_an_amount_whatever_its_sign_and_word(said: dict[str, Any], total: int) -> None:
    assert event("Order Refunded", order_id="o", **said).properties["total"] == total


def test_a_return_without_an_amount_is_one_of_everything() -> None:
    found = read("Order Refunded", order_id="o")
    assert (found.events[0].properties, found.events[0].spoiled, found.remarks) == ({"order_id": "o"}, (), [])


@pytest.mark.parametrize("quantity", [-2, "-2", "\u22122", 2])
def test_pieces_that_came_back_may_be_told_below_zero(quantity: Any) -> None:
    found = event("Order Refunded", items=[{"id": "tea", "Quantity": quantity, "price": 450}, "odd"])
    assert found.properties["products"] == [{"id": "tea", "product_id": "tea", "quantity": 2, "price": 450}]
    assert event("Order Completed", total=5, items=[TEA | {"quantity": -2}]).spoiled == ("products.quantity",)


@pytest.mark.parametrize(
    "said", [{"refund_id": 7}, {"refundId": "7"}, {"return_id": 7}, {"refund_id": "", "returnId": 7}]
)
def test_a_return_has_an_id_of_its_own(said: dict[str, Any]) -> None:
    assert str(event("Order Refunded", **said).properties["refund_id"]) == "7"


UNDOES = {
    "order_cancelled": ["cancelled", "Canceled", " CANCELLED ", "отменён", "отменен", "Отменена", "void", "voided"],
    "order_returned": ["refunded", "Returned", "fully_refunded", "возвращён"],
}


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in UNDOES.items() for word in words])
@pytest.mark.parametrize("key", ["status", "orderStatus", "new_status"])
@pytest.mark.parametrize("told", ["Order Status Changed", "Order Updated", "order_status_updated"])
def test_a_status_undoes_all_of_an_order(told: str, key: str, name: str, word: str) -> None:
    said = {"order_id": "o", key: word, "total": 100, "place": "store"}
    undone, status = read(told, **said).events
    assert (undone.name, undone.properties) == (name, {"order_id": "o", "place": "store"})
    assert (undone.message_id, status.message_id) == ("m#undone", "m")
    assert (undone.identities, undone.occurred_at) == (status.identities, status.occurred_at)
    assert status.name.startswith("order_")
    assert word in status.properties.values()


@pytest.mark.parametrize(
    "word",
    [
        *("fulfilled", "partially_refunded", "return_requested", "cancel_requested", "cancellation requested", "paid"),
        *(
            "not cancelled",
            "canceled reversal",
            "partially returned",
            "refund pending",
            "отмена запрошена",
            "",
            "avoid",
        ),
        *(None, True, ["cancelled"], {"name": "cancelled"}),
    ],
    ids=repr,
)
def test_other_words_undo_nothing(word: Any) -> None:
    assert len(read("Order Status Changed", order_id="o", status=word).events) == 1


def test_a_status_of_no_order_and_of_something_else_undo_nothing() -> None:
    assert len(read("Order Status Changed", status="cancelled").events) == 1
    assert len(read("Order Status Changed", order_id="", status="cancelled").events) == 1
    assert len(read("subscription_updated", order_id="o", status="cancelled").events) == 1


def test_a_cart_that_names_no_lines_is_told() -> None:
    for said in ({}, {"cart_id": "k", "currency": "RUB"}, {"products": None}, {"items": ["tea"]}):
        (remark,) = read("Cart Updated", **said).remarks
        assert (remark.code, remark.stored) == (RejectionCode.CART_UNCLEAR, True)
    for said in ({"products": []}, {"items": [TEA]}, {"total": 5}, {"value": 5}):
        assert read("Cart Updated", **said).remarks == []
