"""Which traits are addresses, which take one back, and which are neither."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.services.ingestion import contacts
from kaskad.services.ingestion.contacts import TRAIT_CHANNELS, collect_traits


def read_addresses(traits: dict[str, Any], region: str | None = None) -> list[tuple[Channel, str | None]]:
    """Every address in the traits, of mailboxes, numbers and devices."""
    return [*contacts.read_addresses(traits, region=region), *contacts.read_devices(traits)]


def unclear_traits(traits: dict[str, Any], region: str | None = None) -> list[str]:
    """The traits that are neither addresses nor empty."""
    return contacts.unclear_traits(traits, region=region)


NOTHING: list[Any] = [
    None,
    "",
    "   ",
    "\t\n",
    "\u00a0",
    "\u200b",
    "-",
    False,
    0,
    0.0,
    [],
    {},
    "null",
    " None ",
    "undefined",
    "(null)",
    "<null>",
    "nil",
    "'NULL'",
    "[object Object]",
    "\\N",
    "N/A",
    "{}",
]
NEITHER: list[Any] = [True, ["a@customer.example"], {"a": 1}, [None]]


@pytest.mark.parametrize("value", NOTHING, ids=repr)
def test_nothing_takes_an_address_back(value: Any) -> None:
    for trait, channels in TRAIT_CHANNELS.items():
        assert list(read_addresses({trait: value})) == [(channel, None) for channel in channels]
        assert unclear_traits({trait: value}) == []
        assert contacts.takes_back({trait: value})


@pytest.mark.parametrize("value", NEITHER, ids=repr)
def test_what_is_no_address_changes_nothing_and_is_told(value: Any) -> None:
    for trait in TRAIT_CHANNELS:
        assert list(read_addresses({trait: value})) == []
        assert unclear_traits({trait: value}) == [trait]
        assert not contacts.takes_back({trait: value})


def test_a_key_that_is_missing_changes_nothing() -> None:
    assert list(read_addresses({"first_name": None})) == []


def test_a_phone_may_be_a_number_and_no_other_address_may() -> None:
    for value in (79160000005, 79160000005.0):
        assert dict(read_addresses({"phone": value})) == dict.fromkeys(TRAIT_CHANNELS["phone"], "+79160000005")
        assert unclear_traits({"email": value, "push_token": value}) == ["email", "push_token"]
    assert unclear_traits({"phone": 7.5}) == ["phone"]


@pytest.mark.parametrize("written", ["8 (916) 000-00-05", "tel:+7-916-000-00-05", "916 000 00 05", 89160000005])
def test_a_phone_is_stored_in_one_form_by_the_shop_s_country(written: Any) -> None:
    for trait in ("phone", "viber"):
        found = dict(read_addresses({trait: written}, region="RU"))
        assert found == dict.fromkeys(TRAIT_CHANNELS[trait], "+79160000005")


@pytest.mark.parametrize("written", ["112", 112, "8 800 555-35-35", "2125550143", "+7916", "+79160000005 доб. 5"])
def test_what_is_no_number_of_a_person_changes_nothing_and_is_told(written: Any) -> None:
    assert list(read_addresses({"phone": written}, region="RU")) == []
    assert unclear_traits({"phone": written}, region="RU") == ["phone"]


def test_viber_has_a_word_of_its_own_after_the_phone() -> None:
    assert dict(read_addresses({"phone": None, "viber": "v1"}))[Channel.VIBER] == "v1"
    assert dict(read_addresses({"phone": "+79160000005", "viber": ""}))[Channel.VIBER] is None


def test_a_device_that_tells_no_token_takes_it_back_and_one_that_is_silent_does_not() -> None:
    for token in (None, "", "  "):
        assert list(read_addresses(collect_traits({}, {"device": {"token": token}}))) == [(Channel.PUSH, None)]
    for context in ({}, {"device": {}}, {"device": None}, {"device": {"type": "ios"}}):
        assert list(read_addresses(collect_traits({}, context))) == []
    assert collect_traits({"push_token": "t"}, {"device": {"token": None}})["push_token"] == "t", (
        "the trait says it itself"
    )


ADDRESSES = {
    "a@b.example": "a@b.example",
    " Anna@Customer.Example ": "Anna@customer.example",
    "ирина@почта.рф": "ирина@xn--80a1acny.xn--p1ai",
    "info@straße.example": "info@xn--strae-oqa.example",
    "o'hara+x@b-c.co.example": "o'hara+x@b-c.co.example",
    "a.b@c.example.": "a.b@c.example",
}
NO_ADDRESSES = [
    "not an address",
    "u***@customer.example",
    "u\u2022\u2022@customer.example",
    "u\u2026@customer.example",
    "anna@c*******.example",
    "u...@customer.example",
    "anna",
    "anna@",
    "@customer.example",
    "anna@customer",
    "anna@customer.",
    "a@b@c.example",
    "Anna <anna@customer.example>",
    "a@b.example, c@d.example",
    "unsubscribed",
    "79160000005",
    "anna@[127.0.0.1]",
    '"anna b"@customer.example',
    "a..b@customer.example",
    "anna@-customer.example",
    "anna@customer.local",
]


def test_a_mailbox_is_somebody_at_a_domain() -> None:
    for text, sent_to in ADDRESSES.items():
        assert list(read_addresses({"email": text})) == [(Channel.EMAIL, sent_to)]
        assert unclear_traits({"email": text}) == []


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_plainly_no_mailbox_changes_nothing_and_is_told(text: str) -> None:
    assert list(read_addresses({"email": text})) == []
    assert unclear_traits({"email": text}) == ["email"]
