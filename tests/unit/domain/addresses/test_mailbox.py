"""One mailbox is one address, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.addresses.mailbox import mailbox_key, parse_mailbox

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


SENT_TO = [
    ("info@straße.example", "info@xn--strae-oqa.example"),
    (" MAILTO:Info@FAß.example. ", "Info@xn--fa-hia.example"),
    ("anna@ς.example", "anna@xn--3xa.example"),
    ("Ivan@ПОЧТА.рф", "Ivan@xn--80a1acny.xn--p1ai"),
    ("ирина@почта.рф", "ирина@xn--80a1acny.xn--p1ai"),
    ("Shared@Example.COM", "Shared@example.com"),
    (" shared@example.com\t", "shared@example.com"),
    ("\u200bshared@exam\u00adple.com", "shared@example.com"),
    ("ｉｖａｎ＠почта。рф", "ivan@xn--80a1acny.xn--p1ai"),
    ("a@customer.test", "a@customer.test"),
]


@pytest.mark.parametrize(("written", "sent_to"), SENT_TO, ids=ascii)
def test_mail_goes_to_the_domain_of_idna_2008_and_to_the_name_as_written(written: str, sent_to: str) -> None:
    assert parse_mailbox(written) == sent_to
    assert mailbox_key(sent_to) == mailbox_key(written), "it is the same mailbox"


NONE = [
    "",
    "anna",
    "anna@customer",
    "a@localhost",
    "a@[127.0.0.1]",
    '"a b"@c.example',
    "a..b@c.example",
    "a.@c.example",
]
NONE += ["a@b@c.example", "a@x.example?", "a@b_c.example", "a@-b.example", "a@xn--99999999.example", "a@b.invalid"]
NONE += ["a@b\ud800.example", f"{'a' * 65}@b.example", f"a@{'b' * 64}.example", "Anna <a@b.example>", "a b@c.example"]


@pytest.mark.parametrize("written", NONE, ids=ascii)
def test_where_no_mail_can_arrive_is_no_mailbox(written: str) -> None:
    assert parse_mailbox(written) is None


@given(st.text(st.sampled_from("aZ@. -0я9\u200b\u3002ßİmailto?\ud800"), max_size=30) | st.emails())
def test_a_mailbox_that_mail_goes_to_is_the_same_mailbox(written: str) -> None:
    sent_to = parse_mailbox(written)
    assert sent_to is None or (parse_mailbox(sent_to), mailbox_key(sent_to)) == (sent_to, mailbox_key(written))


@pytest.mark.parametrize(
    "spellings",
    [
        ("shared@example.com", "Shared@Example.COM", " shared@example.com "),
        ("Ирина@Почта.рф", "ирина@xn--80a1acny.xn--p1ai", "mailto:ИРИНА@почта.РФ"),
        ("info@straße.example", "INFO@xn--strae-oqa.example.", "Info@STRAẞE.example"),
    ],
)
def test_three_spellings_are_one_mailbox(spellings: tuple[str, ...]) -> None:
    assert len({mailbox_key(each) for each in spellings}) == 1
    assert len({mailbox_key(parse_mailbox(each) or "") for each in spellings}) == 1
