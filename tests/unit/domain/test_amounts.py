"""Numbers and money as sources write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.values.amounts import MAX_AMOUNT, Money, read_currency, read_money, read_number

READ = [
    ("1500,50", "1500.5"),
    ("1 500,50", "1500.5"),
    ("1\u00a0500,50", "1500.5"),
    ("1\u202f500", "1500"),
    ("1,500.00", "1500"),
    ("1.500,50", "1500.5"),
    ("1'500.50", "1500.5"),
    ("1.500.000", "1500000"),
    ("1,00,000.50", "100000.5"),
    ("0,500", "0.5"),
    ("3,5", "3.5"),
    ("1.500", "1.5"),
    (1500.5, "1500.5"),
    ("\u22125", "-5"),
    ("\u0663\u066b\u0665", "3.5"),
    ("\uff11\uff12", "12"),
]
NOT_READ = ["", "abc", "1,500", "15 00", "1,2,3", "1 5,0", "5,", "1e999", "1e999999999", True, None, [], float("nan")]


@pytest.mark.parametrize(("said", "right"), READ)
def test_a_number_is_read_however_it_is_written(said: Any, right: str) -> None:
    assert read_number(said) == Decimal(right)


@pytest.mark.parametrize("said", NOT_READ)
def test_what_is_no_number_or_has_two_meanings_is_not_read(said: Any) -> None:
    assert read_number(said) is None


def test_the_mark_of_the_source_decides_what_would_have_two_meanings() -> None:
    assert read_number("1,500", ",") == Decimal("1.5")
    assert read_number("1,500", ".") == Decimal(1500)
    assert read_number("1.500", ",") == Decimal(1500)
    assert read_number("1500.5", ",") == Decimal("1500.5")


@given(st.decimals(-MAX_AMOUNT, MAX_AMOUNT, places=2))
def test_a_number_is_itself_in_every_country(number: Decimal) -> None:
    english = f"{number:,}"
    for written in (str(number), english, english.replace(",", " "), english.translate(str.maketrans(",.", ".,"))):
        assert read_number(written) == number


@given(st.one_of(st.text(max_size=50), st.integers(), st.floats(), st.decimals()))
def test_whatever_is_read_is_within_the_limits(said: Any) -> None:
    number = read_number(said)
    assert number is None or (number.is_finite() and abs(number) <= MAX_AMOUNT)


@pytest.mark.parametrize(
    ("said", "beside", "right"),
    [
        ("1 500 \u20bd", None, Money(Decimal(1500), "RUB")),
        ("1500,50 руб.", None, Money(Decimal("1500.50"), "RUB")),
        ("\u20ac20", None, Money(Decimal(20), "EUR")),
        ("EUR 20", "EUR", Money(Decimal(20), "EUR")),
        ("$15.00", "USD", Money(Decimal(15), "USD")),
        ("1500", "JPY", Money(Decimal(1500), "JPY")),
        (1500.505, None, Money(Decimal("1500.50"), "RUB")),
        ("$15.00", None, None),  # of which country?
        ("\u20ac20", "USD", None),
        ("15 bananas", None, None),
        ("1500 \u20bd EUR", None, None),
    ],
)
def test_money_has_its_currency(said: Any, beside: str | None, right: Money | None) -> None:
    assert read_money(said, beside, shop="RUB") == right


@pytest.mark.parametrize(
    ("said", "right"), [("rub", "RUB"), ("RUR", "RUB"), ("\u20bd", "RUB"), ("eur ", "EUR"), ("$", None), ("XXQ", None)]
)
def test_a_currency_is_a_code_or_a_sign_of_one(said: str, right: str | None) -> None:
    assert read_currency(said) == right
