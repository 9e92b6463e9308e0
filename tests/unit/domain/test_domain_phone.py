"""Which texts are a person's telephone number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.phone import number_of


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+79160000005", "+79160000005"),
        ("+7 (916) 000-00-05", "+79160000005"),
        ("8 916 000 00 05", "89160000005"),
        ("8\N{NO-BREAK SPACE}916\N{EN DASH}000.00/05", "89160000005"),
        ("tel:+79160000005", "+79160000005"),
        (" Tel: +7 916 0000005 ", "+79160000005"),
        (79160000005, "79160000005"),
        ("٠٠٩٦٦٥٠١٢٣٤٥٦", "00966501234 56".replace(" ", "")),
        ("12345678", "12345678"),
        ("123456789012345", "123456789012345"),
    ],
)
def test_a_number_however_it_is_written(written: object, number: str) -> None:
    assert number_of(written) == number


@pytest.mark.parametrize(
    "written",
    [
        *("112", "0", "+7", "12-34", "", "  ", "()-", "+", "1234567", "+1234567", "00000000", "+0000000000"),
        *("abc", "call me", "+7916000000x", "79160000005 ext 5", "1e10", "7916000.0005E3", "anna@customer.example"),
        *("1234567890123456", "+7916000000579160000005", "++79160000005", "+7916+0000005", "tel:112", "tel:", "nan"),
        *(None, True, 0, 112, -79160000005.5, 7.9e10, ["+79160000005"], {"phone": "+79160000005"}),
    ],
)
def test_what_is_no_person_s_number(written: object) -> None:
    assert number_of(written) is None


@given(st.text(max_size=30))
def test_what_is_a_number_is_digits(written: str) -> None:
    number = number_of(written)
    assert number is None or (number.removeprefix("+").isascii() and 8 <= len(number.removeprefix("+")) <= 15)
    assert number is None or number_of(number) == number
