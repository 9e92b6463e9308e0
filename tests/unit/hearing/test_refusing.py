"""Who says no, by an address or in the words of other systems, and to what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.rejection import Code
from kaskad.domain.shop import EventSpec, Project
from kaskad.services.hearing import addressed
from kaskad.services.hearing.consents import WITHDRAWN, understand
from kaskad.services.hearing.incoming import Incoming, Judged, judge

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
SHOP = Project(
    events={
        "consent_withdrawn": EventSpec(name="consent_withdrawn"),
        "list_left": EventSpec(name="list_left", aliases=("Unsubscribed From List",)),
    }
)
ANNA = "anna@customer.example"
EVERY, EMAIL = ("marketing", None, None), ("marketing", "email", None)
PUSH = [("marketing", "push", None), ("marketing", "webpush", None)]


def judged(*calls: Any) -> Judged:
    return judge({"batch": list(calls)}, NOW, SHOP, source="site")


def track(event: str, **said: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "anna", "messageId": "m1", "properties": said}


def identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "anna", "messageId": "m1", "traits": traits}


def taken_back(event: Incoming) -> list[Any]:
    """What it takes back, as consents are stored."""
    words = event.refusal.words if event.refusal else ()
    return list(dict.fromkeys(one for said in words for one in understand(WITHDRAWN, said, ("carts",)).covered))


NAMED: list[dict[str, Any]] = [
    {"context": {"traits": {"email": ANNA}}},
    {"properties": {"email": ANNA}},
    {"traits": {"email": ANNA}},
    {"context": {"externalIds": [{"type": "email", "id": ANNA}]}},
    {"properties": {"Email Address": f" mailto:{ANNA} "}},
    {"properties": {"$email": [ANNA]}},
    {"email": ANNA},
    {"userId": ANNA},
    {"context": {"externalIds": [{"type": "login", "id": ANNA}]}},
]


@pytest.mark.parametrize("said", NAMED, ids=repr)
def test_a_withdrawal_by_an_address_alone_is_heard_wherever_it_stands(said: dict[str, Any]) -> None:
    for wrong in ({}, {"timestamp": "soon"}, {"messageId": 5}):
        (event,) = judged({"type": "track", "event": "Consent Withdrawn"} | said | wrong).events
        assert event.refusal is not None
        assert event.refusal.addresses == (("email", ANNA),), "also where something else is wrong"


@pytest.mark.parametrize("key", ["phone", "Phone Number", "$phone_number", "msisdn", "mobile"])
def test_a_withdrawal_by_a_number_is_one_of_all_its_channels(key: str) -> None:
    for written in ("+7 (916) 000-00-05", 79160000005, 79160000005.0):
        (event,) = judged({"type": "track", "event": "consent_withdrawn", "properties": {key: written}}).events
        assert event.refusal is not None
        assert [channel for channel, _ in event.refusal.addresses] == ["sms", "viber", "call"]


@pytest.mark.parametrize(
    "email", ["u***@customer.example", "not an address", "anna@", "@customer.example", "", None, 5, True]
)
def test_a_withdrawal_that_can_be_tied_to_nobody_is_kept_under_its_own_code(email: Any) -> None:
    for said in ({"properties": {"email": email}}, {"context": {"traits": {"email": email}}}):
        (remark,) = judged({"type": "track", "event": "consent_withdrawn"} | said).remarks
        assert (remark.code, remark.stored) == (Code.WITHDRAWAL_LOST, False)


def test_a_grant_by_an_address_alone_grants_nothing() -> None:
    (remark,) = judged({"type": "track", "event": "consent_given", "properties": {"email": ANNA}}).remarks
    assert remark.code is Code.NOBODY
    assert addressed.named({"properties": {"email": ANNA}}) == (("email", ANNA),)


NO: list[tuple[dict[str, Any], list[Any]]] = [
    *(
        (track(name), [EVERY])
        for name in ("Unsubscribed", "Unsubscribe", "unsubscribed", "Opted Out", "opt-out", "optOut", "Consent Revoked")
    ),
    *((track(name), [EVERY]) for name in ("Marketing Opt Out", "customer_unsubscribed", "Отписка", "Do Not Contact")),
    *(
        (track(name), [EMAIL])
        for name in ("Email Unsubscribed", "email_unsubscribe", "users.messages.email.Unsubscribe", "Do Not Email")
    ),
    (track("Newsletter Unsubscribed"), [EMAIL]),
    (track("Push Opted Out"), PUSH),
    (track("SMS Unsubscribed"), [("marketing", "sms", None)]),
    (track("Unsubscribed", channel="email"), [EMAIL]),
    (track("Unsubscribed", topic="carts"), [("marketing", None, "carts")]),
    (track("Email Unsubscribed", list_id=7, reason="too many"), [EMAIL]),
    (track("Subscription Updated", status="unsubscribed"), [EVERY]),
    (track("Email Subscription Changed", subscribed=False), [EMAIL]),
    (track("Preferences Updated", email=False, sms=True), [EMAIL]),
    (track("Consent Updated", granted=False), [EVERY]),
    (identify(unsubscribed=True), [EVERY]),
    (identify(unsubscribed="2027-01-01T10:00:00Z"), [EVERY]),
    (identify(unsubscribedFromEmails=True), [EMAIL]),
    (identify(HasOptedOutOfEmail="1"), [EMAIL]),
    (identify(email_subscribe="unsubscribed"), [EMAIL]),
    (identify(push_subscribe="unsubscribed"), PUSH),
    (identify(marketing=False), [EVERY]),
    (identify(accepts_marketing=0), [EVERY]),
    (identify(email_opt_in="no"), [EMAIL]),
    (identify(**{"$consent": False}), [EVERY]),
    (identify(**{"$consent": []}), [EVERY]),
    (identify(subscriptions={"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}), [EMAIL]),
    (identify(newsletter="нет"), [EMAIL]),
    (identify() | {"context": {"consent": {"categoryPreferences": {"Marketing": False, "Analytics": False}}}}, [EVERY]),
    (
        track("Segment Consent Preference Updated")
        | {"context": {"consent": {"categoryPreferences": {"Advertising": False}}}},
        [EVERY, ("ads", None, None)],
    ),
]


@pytest.mark.parametrize(("said", "expected"), NO, ids=repr)
def test_what_says_no_in_foreign_words_is_a_withdrawal(said: dict[str, Any], expected: list[Any]) -> None:
    (event,) = judged(said).events
    assert sorted(taken_back(event), key=str) == sorted(expected, key=str)
    assert all(remark.stored for remark in judged(said | {"timestamp": "soon"}).remarks), "it is never rejected"


NONE: list[dict[str, Any]] = [
    *map(
        track,
        ("Unsubscribe Page Viewed", "Product Unsubscribed", "Subscribed", "Opted In", "Complaint", "Order Declined"),
    ),
    track("Subscription Updated", status="active", plan="gold", auto_renew=False),
    track("Subscription Updated", email=True),
    track("Preferences Updated", language="ru", dark=False),
    track("app_opened", marketing=False, unsubscribed=True),
    identify(unsubscribed=False),
    identify(unsubscribed="false"),
    identify(unsubscribed=None),
    identify(email_subscribe="opted_in"),
    identify(**{"$consent": ["email", "sms"]}),
    identify(marketing=True, accepts_marketing="yes"),
    identify(marketing=None),
    identify(subscription="none", status="rejected", is_gold=False, call_status="declined"),
    track("app_opened") | {"context": {"consent": {"categoryPreferences": {"Marketing": False}}}},
]


@pytest.mark.parametrize("said", NONE, ids=repr)
def test_what_does_not_clearly_say_no_and_what_grants_in_foreign_words_changes_nothing(said: dict[str, Any]) -> None:
    (event,) = judged(said).events
    assert event.refusal is None
    assert event.name not in ("consent_given", "consent_withdrawn")


def test_a_complaint_about_spam_is_one_and_about_a_pizza_is_none() -> None:
    spam = ("Email Marked as Spam", "spam_report", "users.messages.email.MarkAsSpam", "Email Complained", "SpamReport")
    for name in spam:
        (event,) = judged(track(name, email=ANNA)).events
        assert event.refusal is not None
        assert event.refusal.complained
        assert event.name == "consent_withdrawn"
    for name in ("Complaint", "Complaint Filed", "Order Complaint", "Spam Filter Opened"):
        assert judged(track(name)).events[0].refusal is None


def test_a_name_that_the_shop_knows_stays_and_says_no_all_the_same() -> None:
    (event,) = judged(track("Unsubscribed From List")).events
    assert (event.name, taken_back(event)) == ("list_left", [EVERY])


def test_a_profile_that_says_no_and_names_only_an_address_counts_as_a_withdrawal() -> None:
    said = {"type": "identify", "messageId": "m1", "traits": {"email": ANNA, "unsubscribed": True}}
    (event,) = judged(said).events
    assert event.refusal is not None
    assert (event.identities, event.refusal.addresses) == ((), (("email", ANNA),))
    (remark,) = judged(said | {"traits": {"unsubscribed": True}}).remarks
    assert (remark.code, remark.stored) == (Code.WITHDRAWAL_LOST, False)
