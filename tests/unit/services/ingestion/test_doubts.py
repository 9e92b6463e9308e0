"""A grant grants only what plain words say, whatever words others say no in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.consenting.consents import CONSENT_GIVEN, CONSENT_WITHDRAWN, ConsentScope, parse_consent
from kaskad.services.ingestion.segment_events import parse_request

TOPICS = ("carts", "back_in_stock")
EMAIL = ("marketing", "email", None)
NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)

NO: list[dict[str, Any]] = [
    {"status": "NOT_SUBSCRIBED"},
    {"email": False},
    {"answer": "нет"},
    {"unsubscribed": True},
    {"marketing": False},
    *({"answer": word} for word in ("N", "nein", "не согласен", "f", "perhaps", "later", "-", 2, -1)),
    *(
        {"status": word}
        for word in ("unsubscribed_from_all", "not_opted_in", "expired", "отозвано", "notSubscribed", "cleaned")
    ),
    {"consent_status": "denied"},
    {"subscription_status": "unsubscribed"},
    *({key: False} for key in ("marketing_consent", "subscribe", "is_subscribed", "confirmed", "double_opt_in")),
    *({key: 0} for key in ("marketing_consent", "isSubscribed", "sms", "newsletter")),
    *({"withdrawn": word} for word in (True, 1, "yes", "2026-01-01T00:00:00Z", ["email"], {"email": True})),
    *({key: True} for key in ("opted_out", "optOut", "do_not_email", "no_marketing", "not_subscribed", "отписан")),
    {"unsubscribed_at": "2026-01-01"},
    *({"email": word} for word in ("no", "n", "off", "opted out", [], {"marketing": "NO"})),
    *({"granted": word} for word in (None, "", " ", [], {}, "null", ["email"])),
    *({key: None} for key in ("consent", "consent_status", "is_subscribed")),
    {"consent": {"marketing": False}},
    {"subscriptions": {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}},
    {"gdpr": [{"purpose": "x", "consented": False}]},
    {"consents": [{"name": "marketing", "answer": "declined by customer"}]},
    {"consented": False},
    {"categories": ["necessary"]},
    {"frequency": "never"},
    {"form": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"consent": False}}}}}}}}}},
    {"": True},
    {"": "2026-01-01"},
]
YES: list[dict[str, Any]] = [
    {},
    {"granted": True, "status": "SUBSCRIBED", "action": "Opt-In", "value": 1.0},
    {"consent": {"marketing": True, "state": "granted"}},
    {"answer": "да"},
    *({key: word} for key in ("unsubscribed", "opted_out", "withdrawn") for word in (False, None, 0, "no", "", [])),
    {"unsubscribed_at": None, "unsubscribe_url": "https://shop.example/unsubscribe"},
    {"consent_text": "You can unsubscribe at any time.", "consent_version": "0", "consent_id": "c-0"},
    {"text": "We never sell your address. No spam, and you may withdraw whenever you like.", "title": "No spam, ever"},
    {"country": "NO", "address": {"locale": "no"}},
    {"consented_at": "2026-01-01", "opt_in_ip": "203.0.113.5", "source": "footer", "method": "double opt-in"},
    {"email": "anna@customer.example", "phone": None, "step": 0, "version": "0", "gender": "f", "order_no": 5},
    {"sms": True},  # granted is what the channel says
]


@pytest.mark.parametrize("said", NO, ids=repr)
def test_a_grant_whose_own_words_say_no_grants_nothing(said: dict[str, Any]) -> None:
    found = parse_consent(CONSENT_GIVEN, {"channel": "email"} | said, TOPICS)
    assert found.covered == ()
    assert found.unclear
    assert parse_consent(CONSENT_WITHDRAWN, {"channel": "email"} | said, TOPICS) == ConsentScope([EMAIL]), (
        "a no stays one"
    )


@pytest.mark.parametrize("said", YES, ids=repr)
def test_a_grant_beside_which_nothing_says_no_is_one(said: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_GIVEN, {"channel": "email"} | said, TOPICS) == ConsentScope([EMAIL])


@pytest.mark.parametrize(
    "said",
    [
        {"email": True},
        {"sms_opt_in": "yes"},
        {"newsletter": True},
        {"subscriptions": {"email": {"marketing": {"consent": "SUBSCRIBED"}}}},
        {"ads": True},
        {"carts": "on"},
    ],
    ids=repr,
)
def test_a_yes_to_less_than_everything_is_no_grant_of_everything(said: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_GIVEN, said, TOPICS).covered == ()
    narrow = {"channel": "email", "topic": "carts", "purpose": "marketing"}
    assert parse_consent(CONSENT_GIVEN, narrow | said, TOPICS).covered == [("marketing", "email", "carts")]


NARROWER: list[dict[str, Any]] = [
    *(
        {key: "sms"}
        for key in ("point_of_contact", "pointOfContact", "type", "medium", "channel_type", "contact_channel", "via")
    ),
    {"communication_channels": ["sms"]},
    {"contact": {"kind": "Email"}},
    {"by": "sms, viber"},
    {"preferred": "email only"},
    {"method": "SMS"},
]
LIMITED: list[dict[str, Any]] = [
    *({key: "newsletter"} for key in ("list", "mailing_list", "list_id", "audience", "segment")),
    *({key: "lenina"} for key in ("brand", "shop", "company")),
    *({key: said} for key, said in (("ttl", "30d"), ("duration", "1 day"), ("valid_for", 30), ("period", {"days": 3}))),
    *({"end_date": said} for said in ("soon", "2020-13-01")),
    *({key: said} for key in ("checked", "ticked", "reply") for said in ("", "N", None)),
]


@pytest.mark.parametrize("said", NARROWER, ids=repr)
def test_a_grant_that_names_its_channel_under_another_name_is_none_of_every_channel(said: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_GIVEN, said, TOPICS).covered == ()
    assert parse_consent(CONSENT_GIVEN, {"channel": "email"} | said, TOPICS).covered == [EMAIL]
    assert parse_consent(CONSENT_WITHDRAWN, said, TOPICS).covered == [("marketing", None, None)]


@pytest.mark.parametrize("said", LIMITED, ids=repr)
def test_a_grant_with_limits_that_are_not_read_grants_nothing(said: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_GIVEN, {"channel": "email"} | said, TOPICS).covered == ()


def test_the_end_of_a_grant_is_read_under_its_usual_names() -> None:
    for key in ("end_date", "ends_at", "until", "endDate"):
        found = parse_consent(CONSENT_GIVEN, {"channel": "email", key: "2020-01-01"}, TOPICS)
        assert found.expires_at is not None


@pytest.mark.parametrize("said", [{"device": "phone"}, {"source": "footer"}, {"text": "news by email"}, {"checked": 1}])
def test_what_names_no_channel_does_not_make_a_grant_narrower(said: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_GIVEN, said, TOPICS).covered == [("marketing", None, None)]


AGAINST: list[dict[str, Any]] = [
    {"consent": {"categoryPreferences": {"Marketing": False, "Advertising": False}}},
    {"consent": {"categoryPreferences": {"Advertising": False, "Analytics": True}}},
    {"consentManagement": {"deniedConsentIds": ["Marketing"]}},
    {"consentManagement": {"provider": "oneTrust", "allowedConsentIds": ["C0001"], "deniedConsentIds": ["C0004"]}},
    {"consentManagement": {"deniedConsentIds": ["Analytics", "Targeting"]}},
    {"consent": {"marketing": "denied"}},
    {"consent": {"ad_storage": "denied"}},
    {"consent": {"status": 0}},
    {"consent": False},
    {"unsubscribed": True},
]
BESIDE: list[dict[str, Any]] = [
    {"consent": {"categoryPreferences": {"Marketing": True, "Advertising": True, "Analytics": False}}},
    {"consent": {"categoryPreferences": {"Functional": False, "DataSharing": False}}},
    {"consentManagement": {"deniedConsentIds": ["Analytics"], "allowedConsentIds": ["Marketing"]}},
    {"consentManagement": {"deniedConsentIds": [], "resolutionStrategy": "and", "provider": "custom"}},
    {"consent": {"gdprApplies": False, "tcString": "CPxyzAAAA.YAAAAAAAAAAA"}},
    {"page": {"title": "unsubscribe", "referrer": "no"}, "device": {"adTrackingEnabled": False}},
]


def remarks(context: dict[str, Any]) -> list[RejectionCode]:
    call = {"type": "track", "event": "consent_given", "userId": "anna", "properties": {}, "context": context}
    return [remark.code for remark in parse_request(call, NOW, Project(), source="site").remarks]


@pytest.mark.parametrize("context", AGAINST, ids=repr)
def test_a_grant_against_its_own_context_grants_nothing_and_is_remarked(context: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_GIVEN, {"channel": "email"}, TOPICS, context=context).covered == ()
    assert parse_consent(CONSENT_WITHDRAWN, {"channel": "email"}, TOPICS, context=context) == ConsentScope([EMAIL])
    assert remarks(context) == [RejectionCode.GRANT_UNCLEAR]


@pytest.mark.parametrize("context", BESIDE, ids=repr)
def test_what_was_refused_beside_messages_is_no_word_about_them(context: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_GIVEN, {"channel": "email"}, TOPICS, context=context) == ConsentScope([EMAIL])
    assert remarks(context) == []
