"""Properties by their types: one canonical form, and what cannot be read spoils itself alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.journeys.project import EventSpec, Project
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.segment_events import IncomingEvent, parse_request
from tests.unit.services.ingestion.typed_calls import NOW, event, read

READ: list[tuple[str, Any, Any]] = [
    *(("stars", said, 4.5) for said in (4.5, "4.5", "4,5", " 4.50 ")),
    *(("stars", said, 5) for said in (5, "5", 5.0, "5,0")),
    *(("fee", said, 1500.5) for said in ("1500,50", "1 500,50", "1\u00a0500,50 ₽", "1,500.50", 1500.5, "RUB 1500.50")),
    *(("fee", said, 1500) for said in (1500, "1500", "1 500,00 руб.")),
    *(("at", said, "2026-11-29T10:00:00Z") for said in ("2026-11-29 13:00:00+0300", 1_795_946_400_000)),
    *(("day", said, "1990-03-04") for said in ("1990-03-04", "1990-03-03T21:00:00Z")),
    ("day", "--03-04", "--03-04"),
    *(("sure", said, True) for said in (True, "true", "Yes", "да", 1, "1", "ON")),
    *(("sure", said, False) for said in (False, "false", "no", "Нет", 0, "0", "off")),
    *(("words", said, str(said)) for said in ("5", 5, 5.5, "", " as it is ")),
    ("words", True, "true"),
    ("tags", [1, "a"], [1, "a"]),
    ("tags", [], []),
    *((key, None, None) for key in ("stars", "fee", "at", "day", "sure", "words", "tags")),
    ("other", "1 500,50", "1 500,50"),
]


@pytest.mark.parametrize(("key", "said", "value"), READ, ids=repr)
def test_what_can_be_read_is_stored_in_one_form(key: str, said: Any, value: Any) -> None:
    found = event("rated", {key: said})
    assert found.properties == {key: value}
    assert type(found.properties[key]) is type(value)
    assert found.spoiled == ()


SPOILED: list[tuple[str, Any]] = [
    *(("stars", odd) for odd in ("1,500", "many", "", True, [4], {"a": 4}, "4 5")),
    *(("fee", odd) for odd in ("1,500", "dear", "$", "1500 or so", False, [1500])),
    *(("at", odd) for odd in ("29.11.2026 10:00", "soon", 5, True, ["2026-11-29"])),
    *(("day", odd) for odd in ("04.03.1990", "04/03", "1990", 5, True)),
    *(("sure", odd) for odd in ("perhaps", 2, "", [], -1, None.__class__.__name__)),
    *(("words", odd) for odd in ({"a": 1}, ["a"])),
    *(("tags", odd) for odd in ("a", 5, {"a": 1})),
]


@pytest.mark.parametrize(("key", "odd"), SPOILED, ids=repr)
def test_what_cannot_be_read_spoils_itself_alone_and_is_told(key: str, odd: Any) -> None:
    found = read({"event": "rated", "properties": {key: odd, "other": "x"}}, {"event": "rated"})
    spoiled, good = found.events
    assert (spoiled.properties, spoiled.spoiled) == ({"other": "x"}, (key,))
    assert (good.properties, good.spoiled) == ({}, ())
    (remark,) = found.remarks
    assert (remark.index, remark.code, remark.stored) == (0, RejectionCode.SPOILED, True)
    assert remark.detail == f"{key} could not be read: {odd!r:.60}"


def test_nested_values_are_read_where_they_are_declared() -> None:
    found = event("rated", {"area": {"size": "3,5", "name": "x"}})
    assert found.properties == {"area": {"size": 3.5, "name": "x"}}
    found = event("rated", {"area": {"size": "big", "name": "x"}})
    assert (found.properties, found.spoiled) == ({"area": {"name": "x"}}, ("area.size",))


def test_the_marks_and_times_of_a_source_are_its_own() -> None:
    assert event("rated", {"fee": "1,500"}, "comma").properties == {"fee": 1.5}
    assert event("rated", {"fee": "1.500,50"}, "comma").properties == {"fee": 1500.5}
    assert event("rated", {"at": "29.11.2026 10:00"}, "till").properties == {"at": "2026-11-29T07:00:00Z"}


def test_the_currency_is_an_iso_code_and_says_what_amounts_are_in() -> None:
    assert event("rated", {"fee": "5 €", "currency": "eur"}).properties == {"fee": 5, "currency": "EUR"}
    assert event("rated", {"fee": 5, "currency": "руб."}).properties == {"fee": 5, "currency": "RUB"}
    assert event("rated", {"fee": "5 €"}).properties == {"fee": 5, "currency": "EUR"}, "nothing else names one"
    assert event("rated", {"fee": 5}).properties == {"fee": 5}
    for said, code in ((643, "RUB"), ("643", "RUB"), (978, "EUR"), ("051", "AMD"), (51, "AMD"), ("810", "RUB")):
        assert event("rated", {"fee": 5, "currency": said}).properties == {"fee": 5, "currency": code}


@pytest.mark.parametrize(
    ("said", "left", "spoiled"),
    [
        ({"fee": "5 €", "currency": "RUB"}, {"currency": "RUB"}, ("fee",)),
        ({"fee": "5 USD", "currency": "KZT"}, {"currency": "KZT"}, ("fee",)),
        ({"fee": 5, "currency": "roubles and more"}, {}, ("currency", "fee")),
        ({"fee": 5, "currency": 999, "stars": 1}, {"stars": 1}, ("currency", "fee")),
        *(
            ({"fee": 5, "currency": code}, {}, ("currency", "fee"))
            for code in ("XXX", "xts", "XAU", "000", "6430", True)
        ),
        ({"fee": 5, "currency": "$"}, {}, ("currency", "fee")),
    ],
    ids=repr,
)
def test_money_in_no_sure_currency_is_spoiled(
    said: dict[str, Any], left: dict[str, Any], spoiled: tuple[str, ...]
) -> None:
    found = event("rated", said)
    assert (found.properties, found.spoiled) == (left, spoiled)


def order(*lines: Any, **said: Any) -> IncomingEvent:
    return event("order_completed", said | {"products": list(lines)})


def test_lines_are_read_as_what_stands_outside_of_them() -> None:
    found = order(
        {"productId": 7, "Price": "1 500,50", "quantity": "0,5", "isGift": True}, {"product_id": "p", "price": 3}
    )
    assert found.properties["products"] == [
        {"product_id": "7", "price": 1500.5, "quantity": 0.5, "is_gift": True},
        {"product_id": "p", "price": 3},
    ]
    assert found.spoiled == ()


def test_a_spoiled_value_of_a_line_spoils_itself_alone() -> None:
    found = order(
        {"product_id": "a", "price": "1,500", "quantity": 1},
        {"product_id": "b", "price": 5, "quantity": -1, "spoiled": ["forged"]},
        {"product_id": "c", "price": "7 €", "quantity": "some"},
        currency="RUB",
        total=5,
    )
    assert found.properties["products"] == [
        {"product_id": "a", "quantity": 1, "spoiled": ["price"]},
        {"product_id": "b", "price": 5, "spoiled": ["quantity"]},
        {"product_id": "c", "spoiled": ["price", "quantity"]},
    ]
    assert set(found.spoiled) == {"products.price", "products.quantity"}


def test_one_foreign_currency_of_lines_is_that_of_the_event_and_several_are_none() -> None:
    assert order({"product_id": "a", "price": "5 €"}).properties["currency"] == "EUR"
    found = order({"product_id": "a", "price": "5 €"}, {"product_id": "b", "price": "5 £"}, total=10)
    assert set(found.spoiled) == {"products.price", "total"}
    assert found.properties == {
        "products": [{"product_id": "a", "spoiled": ["price"]}, {"product_id": "b", "spoiled": ["price"]}]
    }
    own = order({"product_id": "a", "price": 5, "currency": "usd"}, {"product_id": "b", "price": 5, "currency": "?"})
    assert own.properties["products"] == [
        {"product_id": "a", "price": 5, "currency": "USD"},
        {"product_id": "b", "spoiled": ["currency", "price"]},
    ]


def test_what_is_no_line_is_left_out_of_the_lines_and_told() -> None:
    found = order({"product_id": "a"}, "pizza", None, total=5)
    assert (found.properties["products"], found.spoiled) == ([{"product_id": "a"}], ("products",))
    for odd in (["pizza"], "pizza", 5):
        found = event("order_completed", {"products": odd, "total": 5})
        assert (found.properties, found.spoiled) == ({"total": 5}, ("products",))
    assert event("order_completed", {"products": []}).properties == {"products": []}


@pytest.mark.parametrize("id_", [17, 17.0, "17"], ids=repr)
def test_an_id_is_one_whether_a_source_writes_a_number_or_a_text(id_: Any) -> None:
    assert event("Order Completed", {"order_id": id_}).properties["order_id"] == "17"


@pytest.mark.parametrize("quantity", [-1, "-1", -0.5, "\u22122", "-0,5"], ids=repr)
@pytest.mark.parametrize("name", ["product_removed", "product_added"])
def test_nobody_knows_what_a_negative_quantity_means(name: str, quantity: Any) -> None:
    found = read({"event": name, "properties": {"product_id": "p", "quantity": quantity}}, {"event": "rated"})
    assert [event.name for event in found.events] == ["rated"]
    assert [(remark.index, remark.code, remark.stored) for remark in found.remarks] == [
        (0, RejectionCode.BAD_NUMBER, False)
    ]


def test_stock_and_quantities_may_be_fractions() -> None:
    for said, stock in (("3,5", 3.5), ("0.25 kg", None), ("12", 12), (-2, -2)):
        assert event("product_stock_changed", {"product_id": "p", "stock": said}).properties.get("stock") == stock
    assert event("product_added", {"product_id": "p", "quantity": "0.5"}).properties["quantity"] == 0.5


@pytest.mark.parametrize("key", ["order_id", "cart_id", "product_id"])
def test_an_id_is_trimmed_and_what_stands_in_place_of_one_is_spoiled(key: str) -> None:
    for said, id_ in (("A-1001", "A-1001"), (" A-1001\u00a0", "A-1001"), (17, "17"), ("#1 a", "#1 a"), ("a-1", "a-1")):
        assert event("order_cancelled", {key: said}).properties == {key: id_}
    for said in ("", "  ", "\ufeff"):
        assert event("order_cancelled", {key: said}).properties == {key: ""}
    for said in ("undefined", " null ", 0, "0", "{{order.id}}", "[object Object]", "-"):
        found = event("order_cancelled", {key: said})
        assert (found.properties, found.spoiled) == ({}, (key,))


def test_the_ids_of_a_line_are_trimmed_and_a_label_or_a_place_may_be_any() -> None:
    said = {"product_id": " p ", "sku": "s\t", "variant": " none ", "line_id": 0, "name": " as it is "}
    (line,) = event("order_completed", {"products": [said]}).properties["products"]
    assert line == {"product_id": "p", "sku": "s", "variant": "none", "line_id": "0", "name": " as it is "}
    found = event("order_completed", {"products": [{"product_id": "undefined", "sku": "s", "line_id": "null"}, said]})
    assert found.properties["products"] == [{"sku": "s", "spoiled": ["line_id", "product_id"]}, line]
    assert set(found.spoiled) == {"products.product_id", "products.line_id", "total"}


def test_many_spoiled_values_are_one_remark_of_a_bounded_length() -> None:
    kinds = {f"n{number}": "number" for number in range(50)}
    project = Project(events={"rated": EventSpec.model_validate({"name": "rated", "properties": kinds})})
    call = {"type": "track", "event": "rated", "userId": "anna", "properties": dict.fromkeys(kinds, "x" * 400)}
    found = parse_request({"batch": [call]}, NOW, project)
    (remark,) = found.remarks
    assert len(remark.detail) < 2_000
    assert remark.detail.endswith("and 40 more")
    assert len(found.events[0].spoiled) == 50


def test_consents_are_read_by_readers_of_their_own() -> None:
    project = Project(
        events={
            name: EventSpec.model_validate({"name": name, "properties": dict.fromkeys(("purpose", "channel"), "text")})
            for name in ("consent_given", "consent_withdrawn")
        }
    )
    said = {"purpose": ["marketing"], "channel": {"email": True}}
    for name in project.events:
        call = {"type": "track", "event": name, "userId": "anna", "properties": said}
        (found,) = parse_request({"batch": [call]}, NOW, project).events
        assert (found.properties, found.spoiled) == (said, ())


def test_a_withdrawal_in_the_words_of_its_source_has_its_own_time_whatever_is_wrong_in_it() -> None:
    said = {"event": "consent_withdrawn", "timestamp": "02.03.2027 10:00", "properties": {"channel": "email"}}
    for wrong in ({}, {"context": 5}, {"messageId": 7}, {"anonymousId": "x" * 600}):
        (found,) = read(said | wrong, source="till").events
        assert found.occurred_at == datetime(2027, 3, 2, 7, tzinfo=UTC), wrong
    (first,) = read(said, source="till").events
    (again,) = read(said, source="till").events
    assert first.message_id == again.message_id, "with a time that is read a repeat is one"
