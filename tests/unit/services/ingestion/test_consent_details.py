"""What a consent says besides its scope: until when, for which sender, and what it is a consent to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.services.ingestion.consenting.consent_details import read_ip
from kaskad.services.ingestion.consenting.consents import CONSENT_GIVEN, CONSENT_WITHDRAWN, parse_consent

TOPICS = ("carts",)
SENDERS = ("shop", "Pizza Lenina 5", "17")
EMAIL = {"channel": "email"}
ENDS = datetime(2028, 1, 1, tzinfo=UTC)

OTHER_MATTERS: list[dict[str, Any]] = [
    {"consent_type": "necessary"},
    {"consentType": "Strictly Necessary"},
    {"consent_type": "functional"},
    {"consent_category": "analytics"},
    {"type": "cookies"},
    {"consent": "terms"},
    {"consent_name": "privacy policy"},
    {"consent_purpose": "personal data processing"},
    {"scope": ["necessary", "security"]},
    {"consents": [{"consent_type": "essential"}]},
    {"consent_kind": "whatever"},
    {"consent_type": "согласие на обработку персональных данных"},
]
MESSAGES: list[dict[str, Any]] = [
    {"consent_type": "marketing"},
    {"consent_type": "Email marketing"},
    {"consent_type": "explicit"},
    {"consent_type": "double opt-in"},
    {"type": "checkbox", "scope": "footer", "category": "granted"},
    {"consent_text": "I agree to the terms and to the privacy policy", "consent_id": "c-17"},
]


@pytest.mark.parametrize("said", OTHER_MATTERS, ids=repr)
def test_a_consent_to_something_else_than_messages_grants_none(said: dict[str, Any]) -> None:
    found = parse_consent(CONSENT_GIVEN, EMAIL | said, TOPICS)
    assert found.covered == ()
    assert found.unclear
    assert parse_consent(CONSENT_WITHDRAWN, EMAIL | said, TOPICS).covered == [("marketing", "email", None)]


@pytest.mark.parametrize("said", MESSAGES, ids=repr)
def test_a_consent_to_messages_is_one_whatever_its_kind_is_called(said: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_GIVEN, EMAIL | said, TOPICS).covered == [("marketing", "email", None)]


@pytest.mark.parametrize(
    "key", ["expires_at", "expires", "valid_until", "expiry_date", "expiration", "valid_to", "consent_expires_on"]
)
def test_a_grant_ends_when_it_says(key: str) -> None:
    found = parse_consent(CONSENT_GIVEN, EMAIL | {key: "2028-01-01T00:00:00Z"}, TOPICS)
    assert (found.covered, found.expires_at) == ([("marketing", "email", None)], ENDS)
    for nothing in (None, "", "  "):
        assert parse_consent(CONSENT_GIVEN, EMAIL | {key: nothing}, TOPICS).expires_at is None
    for unreadable in ("soon", "31.12.", True, ["2028-01-01T00:00:00Z"], {"at": "2028-01-01"}):
        assert parse_consent(CONSENT_GIVEN, EMAIL | {key: unreadable}, TOPICS).covered == ()
        assert parse_consent(CONSENT_WITHDRAWN, EMAIL | {key: unreadable}, TOPICS).covered


def test_of_several_ends_the_first_counts_and_a_withdrawal_has_none() -> None:
    both = EMAIL | {"expires_at": "2029-01-01T00:00:00Z", "valid_until": "2028-01-01T00:00:00Z"}
    assert parse_consent(CONSENT_GIVEN, both, TOPICS).expires_at == ENDS
    assert parse_consent(CONSENT_WITHDRAWN, both, TOPICS).expires_at is None


@pytest.mark.parametrize(
    ("said", "senders"),
    [
        ({"sender": "shop"}, ("shop",)),
        ({"sender": " Pizza-Lenina 5"}, ("Pizza Lenina 5",)),
        ({"sender": 17}, ("17",)),
        ({"senders": ["shop", "17"]}, ("17", "shop")),
        ({"sender": "all"}, (None,)),
        ({}, (None,)),
    ],
)
def test_what_is_said_to_one_sender_is_about_that_one(said: dict[str, Any], senders: tuple[str | None, ...]) -> None:
    for name in (CONSENT_GIVEN, CONSENT_WITHDRAWN):
        found = parse_consent(name, EMAIL | said, TOPICS, senders=SENDERS)
        assert (tuple(found.senders), found.unclear) == (senders, ())


@pytest.mark.parametrize("sender", ["nobody", ["shop", "nobody"], {"name": "shop"}, True, 4.5, ["shop", None]])
def test_a_sender_that_nobody_knows_takes_back_for_all_and_grants_nothing(sender: Any) -> None:
    said = EMAIL | {"sender": sender}
    assert parse_consent(CONSENT_GIVEN, said, TOPICS, senders=SENDERS).covered == ()
    found = parse_consent(CONSENT_WITHDRAWN, said, TOPICS, senders=SENDERS)
    assert (found.covered, tuple(found.senders)) == ([("marketing", "email", None)], (None,))
    assert found.unclear


@pytest.mark.parametrize(
    ("said", "ip"),
    [
        ("203.0.113.5", "203.0.113.5"),
        (" 2001:DB8::1 ", "2001:db8::1"),
        ("203.0.113.555", None),
        ("no", None),
        (5, None),
        (None, None),
        ("1" * 60, None),
    ],
)
def test_an_ip_address_is_kept_if_it_is_one(said: Any, ip: str | None) -> None:
    assert read_ip({"ip": said}) == ip
