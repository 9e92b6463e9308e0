"""Codes as people type them, and the places where they are good."""

from __future__ import annotations

import pytest

from kaskad.domain.promo_code import code_key, is_good_at


@pytest.mark.parametrize(
    "typed", ["cart-1", "CART-1", " Cart - 1\t", "cart\u20131", "c\u200bart\u00a0-1\n", "ＣＡＲＴ-1"]
)
def test_one_code_in_any_spelling(typed: str) -> None:
    assert code_key(typed) == "cart-1"


@pytest.mark.parametrize(("one", "other"), [("cart-1", "cart1"), ("cart_1", "cart-1"), ("O0", "00"), ("", "-")])
def test_other_codes_are_other_codes(one: str, other: str) -> None:
    assert code_key(one) != code_key(other)


@pytest.mark.parametrize(
    ("place", "where", "good"),
    [
        ("store", ("store",), True),
        (" Store ", ("site", "store"), True),
        ("Call centre", ("call_centre",), True),
        ("site", ("store",), False),
        ("stores", ("store",), False),
        ("", ("store",), False),
        ("anywhere", (), True),
    ],
)
def test_a_code_is_good_where_its_promo_says(place: str, where: tuple[str, ...], good: bool) -> None:
    assert is_good_at(place, where) is good
