"""Which texts are a person's telephone number, and which one."""

from __future__ import annotations

import re
import time

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.addresses.address_key import parse_address
from kaskad.domain.addresses.phone import is_written_as_number, number_key, number_keys, parse_phone, region_of_zone
from kaskad.domain.channel import Channel


@pytest.mark.parametrize(
    "written",
    [
        "+79160000005",
        "+7 (916) 000-00-05",
        "8 916 000 00 05",
        "8\N{NO-BREAK SPACE}916\N{EN DASH}000.00/05",
        "tel:+79160000005",
        " Tel: +7 916 0000005 ",
        "79160000005",
        "9160000005",
        "0079160000005",
        "8~10 7 916 000-00-05",
        "79160000005.0",
        "+7 (0)9160000005",
        "٠٠٧٩١٦٠٠٠٠٠٠٥",
        "+89160000005",
        "+9160000005",
        "\N{LEFT-TO-RIGHT EMBEDDING}+7 916 000-00-05\N{POP DIRECTIONAL FORMATTING}",
        "\N{LEFT-TO-RIGHT MARK}+7\N{SOFT HYPHEN}916\N{ZERO WIDTH SPACE}0000005",
        "\N{FULLWIDTH PLUS SIGN}7 916 000\N{MINUS SIGN}00-05",
        "тел.: 8 916 000-00-05",
        "тел89160000005",
        "моб. тел. 8 (916) 000-00-05",
        "tel. +7 916 000 00 05",
        "phone: 89160000005",
        "Mobile phone number: +79160000005",
    ],
)
def test_a_number_of_here_is_one_however_it_is_written(written: str) -> None:
    assert parse_phone(written, "RU") == "+79160000005"


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("0671234567", "UA", "+380671234567"),
        ("(067) 123-45-67", "UA", "+380671234567"),
        ("671234567", "UA", "+380671234567"),
        ("380671234567", "UA", "+380671234567"),
        ("8 701 234 56 78", "KZ", "+77012345678"),
        ("9876543210", "IN", "+919876543210"),
        ("9876543210", "RU", "+79876543210"),
        ("4912345678", "RU", "+74912345678"),
        ("01752 312997", "DE", "+491752312997"),
        ("06 12345678", "IT", "+390612345678"),
        ("(212) 555-0143", "US", "+12125550143"),
        ("011 44 161 496 0000", "US", "+441614960000"),
        ("0011 376 712 345", "AU", "+376712345"),
        ("380671234567", "RU", "+380671234567"),
        ("12125550143", "RU", "+12125550143"),
        ("+375 29 123-45-67", "RU", "+375291234567"),
        ("375291234567", None, "+375291234567"),
        ("00 44 (0)161 496 0000", None, "+441614960000"),
        ("+44-(0)161-496-0000", "RU", "+441614960000"),
    ],
)
def test_a_number_without_its_country_is_one_of_the_shop_s_else_international(
    written: str, region: str | None, number: str
) -> None:
    assert parse_phone(written, region) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+38 (067) 123-45-67", "+380671234567"),
        ("+38(050)1234567", "+380501234567"),
        ("+38 (099) 123-45-67", "+380991234567"),
        ("00 38 (067) 123 45 67", "+380671234567"),
        ("38 (0) 67 123 45 67", "+380671234567"),
        ("+380 (067) 123-45-67", "+380671234567"),
        ("+99 (412) 212 34 56", "+994122123456"),
        ("+9 (0532) 123 45 67", "+905321234567"),
        ("+996 (0555) 123456", "+996555123456"),
    ],
)
@pytest.mark.parametrize("region", ["RU", "UA", None])
def test_a_zero_in_brackets_is_left_out_behind_a_country_s_code_alone(
    written: str, region: str | None, number: str
) -> None:
    assert parse_phone(written, region) == number
    assert number_key(written) == number[1:], "a withdrawal in that spelling is hers"


@pytest.mark.parametrize(
    "written",
    ["0671234567", "0951234567", "0532 123 45 67", "0431234567", "03612345678", "02612345678", "(0)43-123-4567"],
)
@pytest.mark.parametrize("region", ["RU", "US", None])
def test_a_number_with_one_zero_is_a_national_one_and_never_one_of_abroad(written: str, region: str | None) -> None:
    assert parse_phone(written, region) is None


@pytest.mark.parametrize("written", ["+7 200 000 00 05", "00 1 555 123 4567", "+49 12345678"])
def test_numbering_plans_grow_so_a_possible_number_is_enough_with_its_country(written: str) -> None:
    assert parse_phone(written, "RU") is not None


@pytest.mark.parametrize(
    ("written", "region"),
    [
        *(("2125550143", "RU"), ("0501234567", "RU"), ("8 (044) 123 45 67", "RU"), ("12345678", "RU")),
        *(("123456789012345", "RU"), ("8 916 000 00 05", None), ("555-0143", "US"), ("+7 (044) 123-45-67", "RU")),
        *(("+79160000", "RU"), ("+999 1234567890", "RU"), ("+380 67 123", "UA")),
    ],
)
def test_where_the_country_is_a_guess_the_number_must_be_one_of_its_plan(written: str, region: str | None) -> None:
    assert parse_phone(written, region) is None


@pytest.mark.parametrize(
    ("written", "region"),
    [
        *(("8 800 555-35-35", "RU"), ("+7 800 555 35 35", None), ("+1 900 555 0143", "RU"), ("0900 123456", "DE")),
        *(("0800 1234567", "DE"), ("+44 843 123 4567", None), ("8 809 555 35 35", "RU"), ("888-555-0143", "US")),
    ],
)
def test_a_hotline_or_a_number_that_costs_is_nobody_s(written: str, region: str | None) -> None:
    assert parse_phone(written, region) is None


HOMES = ("RU", "UA", "US", "DE", "IT", "IN", "AU", "BR")
KINDS = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
FORMATS = phonenumbers.PhoneNumberFormat


def spellings(number: phonenumbers.PhoneNumber, region: str, home: str) -> set[str]:
    """Every way in which somebody at home writes the number, as far as dialling it takes at most 15 digits."""
    formats = [FORMATS.E164, FORMATS.INTERNATIONAL, FORMATS.RFC3966]
    if region == home:
        formats.append(FORMATS.NATIONAL)
    found = {phonenumbers.format_number(number, each) for each in formats}
    found.add(phonenumbers.format_out_of_country_calling_number(number, home))
    return {text for text in found if 8 <= sum(map(str.isdigit, text)) <= 15}


@pytest.mark.parametrize("home", HOMES)
def test_each_spelling_of_a_number_is_that_number_and_is_found_by_its_key(home: str) -> None:
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in KINDS:
            if (number := phonenumbers.example_number_for_type(region, kind)) is None:
                continue
            e164 = phonenumbers.format_number(number, FORMATS.E164)
            if len(e164) <= 8:  # on three islands; too short to tell from a service number
                continue
            key = number_key(e164)
            for text in spellings(number, region, home):
                assert parse_phone(text, home) == e164, text
                assert key in number_keys(number_key(text) or "", home), "a withdrawal in that spelling is hers"


def test_a_text_without_an_end_takes_no_time() -> None:
    for text in (" " * 30_000 + "x", "tel. " * 6_000 + "x", "+" + "7 " * 15_000 + "x"):
        began = time.monotonic()
        assert (parse_phone(text, "RU"), number_key(text), is_written_as_number(text)) == (None, None, False)
        assert time.monotonic() - began < 0.5


def test_digits_without_an_end_are_no_id_of_viber() -> None:
    for text in ("9" * 101, "+7 916 " * 50):
        assert parse_address(Channel.VIBER, text, "RU") is None


def test_the_country_of_a_time_zone() -> None:
    zones = {
        "Europe/Moscow": "RU",
        "Asia/Almaty": "KZ",
        "Europe/Kiev": "UA",
        "US/Eastern": "US",
        "UTC": None,
        "x": None,
    }
    assert {zone: region_of_zone(zone) for zone in zones} == zones


@pytest.mark.parametrize(
    "written",
    [
        *("112", "0", "+7", "12-34", "", "  ", "()-", "+", "1234567", "+1234567", "00000000", "+0000000000"),
        *(
            "abc",
            "call me",
            "+7916000000x",
            "79160000005 ext 5",
            "1e10",
            "7916000.0005E3",
            "7.9160000005E+10",
            "7,9160000005e10",
            "1234567.0",
            "112.000000",
            "anna@customer.example",
        ),
        *("1234567890123456", "+7916000000579160000005", "++79160000005", "+7916+0000005", "tel:112", "tel:", "nan"),
        *("fax: 89160000005", "телефакс 89160000005", "notel 89160000005", "tel.", "тел.: 112"),
        *("None", "True", "-79160000005.5", "79000000000.0000001", "[79160000005]", "7.9e10"),
    ],
)
@pytest.mark.parametrize("region", ["RU", "US", None])
def test_what_is_no_person_s_number(written: str, region: str | None) -> None:
    assert parse_phone(written, region) is None


@given(st.text(max_size=30) | st.text("+0123789 ()-", max_size=20), st.sampled_from(["RU", "UA", "US", None]))
def test_what_is_a_number_is_one_everywhere(written: str, region: str | None) -> None:
    number = parse_phone(written, region)
    assert number is None or re.fullmatch(r"\+[1-9][0-9]{7,14}", number)
    assert number is None or {parse_phone(number, each) for each in ("RU", "UA", "US", None)} == {number}
    assert number is None or number_key(number) in number_keys(number_key(written) or "", region)
