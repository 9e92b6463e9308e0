"""Amounts that know their currency, as templates get them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.journeys.project import ShopInfo
from kaskad.domain.values.priced import Priced, in_its_currency, price_of, total_of, total_of_lines

SHOP = ShopInfo(currency="RUB", rates={"EUR": Decimal("92.5")})


def test_sums_and_multiples_keep_the_currency() -> None:
    price = Priced("9.50", "EUR")
    for amount in (price * 2, 2 * price, price + price, price - 1, sum([price, price])):
        assert isinstance(amount, Priced)
        assert amount.currency == "EUR"
    assert 2 * price == Decimal(19)


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="EUR and RUB do not add up"):
        _ = Priced(1, "EUR") + Priced(1, "RUB")


@pytest.mark.parametrize(
    ("amount", "currency", "right"),
    [(5, "EUR", ("5", "EUR")), ("7.50", None, ("7.50", "RUB")), (None, "EUR", None), ("dear", None, None)],
)
def test_a_price_is_in_its_own_currency(amount: Any, currency: str | None, right: Any) -> None:
    found = price_of(amount, currency, SHOP)
    assert (found and (str(found), found.currency)) == right


@pytest.mark.parametrize(
    ("known", "right"),
    [
        ({"total": "5", "currency": "EUR"}, ("5", "EUR")),
        ({"total": "5", "currency": None}, ("5", "RUB")),
        ({"total": None, "currency": None}, None),
        ({"total": None, "currency": "mixed"}, ("1025.00", "RUB")),
    ],
)
def test_the_total_of_a_cart_in_several_currencies_is_the_shops(known: dict[str, Any], right: Any) -> None:
    items = [{"price": "10", "currency": "EUR", "quantity": 1}, {"price": "50", "quantity": 2}, {"price": None}]
    found = total_of(known, items, SHOP)
    assert (found and (str(found), found.currency)) == right
    unknown = [*items, {"price": "10", "currency": "JPY", "quantity": 1}]
    assert known["currency"] != "mixed" or total_of(known, unknown, SHOP) is None


TEN, EURO = {"price": "10", "quantity": 2}, {"price": "1.50", "quantity": 1, "currency": "EUR"}
LINES: list[tuple[list[dict[str, Any]], Any]] = [
    ([TEN, TEN], ("40.00", "RUB")),
    ([EURO, EURO], ("3.00", "EUR")),
    ([TEN, EURO], ("158.75", "RUB")),
    ([TEN, EURO, {"price": 5, "quantity": 1, "currency": "JPY"}], None),
    ([TEN, {"price": None, "quantity": 1}], None),
    ([TEN, {"price": 5, "quantity": "many"}], None),
    ([TEN, {"price": 5, "quantity": 1, "spoiled": ["quantity"]}], None),
]


@pytest.mark.parametrize(("lines", "right"), LINES)
def test_the_total_of_some_lines_is_known_if_all_of_it_is(lines: list[dict[str, Any]], right: Any) -> None:
    found = total_of_lines(lines, SHOP)
    assert (found and (str(found), found.currency)) == right


def test_an_events_money_is_in_the_currency_that_it_names() -> None:
    said = {
        "currency": "EUR",
        "old_price": "9",
        "name": "Tea",
        "products": [{"price": 5}, {"price": 7, "currency": "RUB"}, 1],
    }
    found = in_its_currency(said, SHOP)
    assert (found["old_price"].currency, found["products"][0]["price"].currency) == ("EUR", "EUR")
    assert found["products"][1:] == [{"price": 7, "currency": "RUB"}, 1]
    assert in_its_currency({"total": 5}, SHOP) == {"total": 5}
