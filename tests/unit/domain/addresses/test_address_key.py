"""The key of an address: what all spellings of one have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.addresses.address_key import address_key

ONE = "79160000005"


@pytest.mark.parametrize("channel", ["sms", "call", "viber"])
@pytest.mark.parametrize(
    "written",
    [
        *("+79160000005", "79160000005", "89160000005", "8 (916) 000-00-05", "tel:+79160000005", "TEL: 8 916 0000005"),
        *(
            "+7916/000/00/05",
            "8\N{NO-BREAK SPACE}916\N{NARROW NO-BREAK SPACE}000 00 05",
            "0079160000005",
            "00 8 916 0000005",
        ),
        *(
            "7\N{HYPHEN}916\N{NON-BREAKING HYPHEN}000\N{FIGURE DASH}00\N{EM DASH}05",
            "+7.916.000.00.05",
            "+8 916 000 00 05",
        ),
        *("٧٩١٦٠٠٠٠٠٠٥", "८९१६०००००" + "०५", "7916000०००٥", "9160000005", "8-10-7-916-000-00-05"),
    ],
)
def test_one_telephone_has_one_key_however_it_is_written(channel: str, written: str) -> None:
    assert address_key(channel, written) == ONE


@pytest.mark.parametrize(
    "written",
    [
        "+79160000006",
        "+380671234567",
        "380671234567",
        "+1 212 555 1234",
        "12125551234",
        "+81 90 1234 5678",
        "0501234567",
    ],
)
def test_another_telephone_has_another_key(written: str) -> None:
    assert address_key("sms", written) not in (None, ONE)


@pytest.mark.parametrize("channel", ["sms", "call", "viber"])
@pytest.mark.parametrize(
    "written",
    [
        *(
            "79160000005.0",
            "+79160000005.00",
            "89160000005.0",
            "9160000005.0",
            "79 160 000 005.00",
            " tel:79160000005.0 ",
        ),
        *("٧٩١٦٠٠٠٠٠٠٥.٠", "+7 (0)9160000005", "+7 (0916) 000-00-05", "00 7 (0) 916 0000005", "7(0)9160000005"),
    ],
)
def test_what_is_written_beside_a_number_is_no_part_of_it(channel: str, written: str) -> None:
    assert address_key(channel, written) == ONE


@pytest.mark.parametrize(
    ("written", "key"),
    [
        *(
            ("+44 (0)161 1234567", "441611234567"),
            ("+49(0)175312997", "49175312997"),
            ("44 (0)161 123456", "44161123456"),
        ),
        *(
            ("+44 (0161) 1234567", "441611234567"),
            ("0049 (0) 175 312997", "49175312997"),
            ("+380(0)671234567", "380671234567"),
        ),
        # where numbers begin with nought, and where what stands before it is no country's code
        *(
            ("+39 (06) 12345678", "390612345678"),
            ("+39 (0)6 12345678", "390612345678"),
            ("+225 (07) 12345678", "2250712345678"),
        ),
        *(("8 (044) 123 45 67", "70441234567"), ("+44 161 (0) 1234567", "4416101234567")),
        *(
            ("8.916.000.00.05", ONE),
            ("916.000.00.05", ONE),
            ("7916000.0005", ONE),
            ("+44 161.123.450.0", "441611234500"),
        ),
    ],
)
def test_the_zero_for_calls_from_inside_is_dropped_behind_a_country_s_code_alone(written: str, key: str) -> None:
    assert address_key("sms", written) == key


@pytest.mark.parametrize(("number", "other"), [("+84912345678", "84912345678"), ("+85223456789", "0085223456789")])
def test_a_foreign_number_that_looks_russian_is_one_with_itself(number: str, other: str) -> None:
    assert address_key("sms", number) == address_key("sms", other)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        *(
            ("sms", "112"),
            ("call", "+7 916 1"),
            ("viber", "1234567"),
            ("sms", "anna"),
            ("call", ""),
            ("viber", "00000000"),
            ("sms", "00000112"),
        ),
        *(("email", ""), ("email", " \t"), ("push", ""), ("sms", "\N{EN DASH}"), ("viber", "tel:112")),
    ],
)
def test_what_is_nobodys_has_no_key(channel: str, address: str) -> None:
    assert address_key(channel, address) is None


@given(st.sampled_from(["sms", "viber", "call", "email", "push"]), st.text(max_size=30))
def test_a_key_is_its_own_key(channel: str, address: str) -> None:
    key = address_key(channel, address)
    assert key is None or address_key(channel, key) == key


@pytest.mark.parametrize(
    ("channel", "address", "other", "same"),
    [
        ("email", "A@B.example", "\ta@b.EXAMPLE\n", True),
        ("email", "Ирина@почта.example", "ИРИНА@почта.example", True),
        ("email", "a@b.example", "ab@b.example", False),
        ("viber", "01234567890A=", "0123456789OA=", False),
        ("viber", "id one", "id two", False),
        ("push", "Token1", "token1", False),
        ("push", "+79160000005", "89160000005", False),
        ("webpush", "https://p.example/A", "https://p.example/a", False),
    ],
)
def test_what_is_no_number_and_no_mailbox_is_compared_as_it_stands(
    channel: str, address: str, other: str, same: bool
) -> None:
    assert (address_key(channel, address) == address_key(channel, other)) is same
