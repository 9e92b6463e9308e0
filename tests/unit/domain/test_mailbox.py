"""One mailbox is one address, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.address_key import address_key
from kaskad.domain.mailbox import mailbox_key

IVAN = "ivan@почта.рф"
SPELLINGS = [
    "Ivan@ПОЧТА.рф",
    "ivan@xn--80a1acny.xn--p1ai",
    "IVAN@XN--80A1ACNY.XN--P1AI",
    "ivan@xn--80a1acny.рф",
    "ivan@почта.рф.",
    "MAILTO:ivan@почта.рф",
    " mailto: ivan@почта.рф?subject=no ",
    "\u200bivan@почта.рф",
    "iv\u00adan@поч\u200dта.рф\ufeff",
    "\u202aivan@почта.рф\u202c",
    "ｉｖａｎ＠почта。рф",
]


@pytest.mark.parametrize("written", SPELLINGS, ids=ascii)
def test_one_mailbox_has_one_key_however_it_is_written(written: str) -> None:
    assert address_key("email", written) == IVAN


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
    ],
)
def test_a_domain_is_one_in_its_own_letters_and_in_those_of_the_network(address: str, other: str) -> None:
    assert mailbox_key(address) == mailbox_key(other)


@pytest.mark.parametrize(
    "other", ["ivana@почта.рф", "ivan@почта.example", "ivan.@почта.рф", "ivan@xn--80a1acny.example", "mailto@почта.рф"]
)
def test_another_mailbox_has_another_key(other: str) -> None:
    assert mailbox_key(other) != IVAN


@pytest.mark.parametrize(
    "label", ["xn--", "xn---", "xn--99999999999", "xn--\ud800", "xn--\u044f", "x" * 300, "xn--" + "z" * 300]
)
def test_what_no_domain_can_be_is_left_as_it_is(label: str) -> None:
    assert mailbox_key(f"a@{label}.example") == f"a@{label}.example"


@given(st.text(st.sampled_from("aZ@.: xn-0я9\u200b\u3002ßİmailto?\ud800"), max_size=30) | st.text(max_size=30))
def test_a_key_of_a_mailbox_is_its_own_key(written: str) -> None:
    assert mailbox_key(mailbox_key(written)) == mailbox_key(written)
