"""Who says no, by an address or in the words of other systems, and to what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.config import load_project
from kaskad.domain.journeys.project import EventSpec, Project
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion import named_addresses
from kaskad.services.ingestion.consents import CONSENT_WITHDRAWN, parse_consent
from kaskad.services.ingestion.refusal_events import says_no
from kaskad.services.ingestion.segment_events import IncomingEvent, ParsedRequest, parse_request
from tests.support.paths import ROOT

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


def judged(*calls: Any) -> ParsedRequest:
    return parse_request({"batch": list(calls)}, NOW, SHOP, source="site")


def track(event: str, **said: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "anna", "messageId": "m1", "properties": said}


def identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "anna", "messageId": "m1", "traits": traits}


def taken_back(event: IncomingEvent) -> list[Any]:
    """What it takes back, as consents are stored."""
    words = event.refusal.words if event.refusal else ()
    return list(
        dict.fromkeys(one for said in words for one in parse_consent(CONSENT_WITHDRAWN, said, ("carts",)).covered)
    )


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


@pytest.mark.parametrize(
    "email", [f"MAILTO:{ANNA}", f"\u200b{ANNA}", f"{ANNA}.", "anna@xn--customer-.example", "\uff21nna@customer.example"]
)
def test_a_withdrawal_is_one_of_the_mailbox_however_it_is_written(email: str) -> None:
    (event,) = judged({"type": "track", "event": "consent_withdrawn", "properties": {"email": email}}).events
    assert event.refusal is not None
    assert event.refusal.addresses == (("email", ANNA),)


READ: list[tuple[dict[str, Any], list[str]]] = [
    ({"email": f"Anna <{ANNA}>"}, [ANNA]),
    ({"email": f'"Anna, A." <{ANNA}>'}, [ANNA]),
    ({"email": "anna%40customer.example"}, [ANNA]),
    ({"email": f"{ANNA};olga@customer.example"}, [ANNA, "olga@customer.example"]),
    ({"email": f"{ANNA}, olga@customer.example"}, [ANNA, "olga@customer.example"]),
    ({"email": "Ann <o'brien@customer.example>"}, ["o'brien@customer.example"]),
    ({"email": f"'{ANNA}', o'brien@customer.example"}, [ANNA, "o'brien@customer.example"]),
    ({"phone": "whatsapp:+79160000005"}, ["79160000005"]),
    ({"phone": "+7 916 000-00-05 доб. 3"}, ["79160000005"]),
    ({"phone": "+79160000005 ext 12"}, ["79160000005"]),
    ({"phone": "+79160000005, 8 (916) 000-00-06"}, ["79160000005", "79160000006"]),
    ({"phone": "+79160000005 +79160000006"}, ["79160000005", "79160000006"]),
    ({"phone": "+79160000005/+79160000006"}, ["79160000005", "79160000006"]),
]


@pytest.mark.parametrize(("said", "expected"), READ, ids=repr)
def test_an_address_that_stands_plainly_in_a_text_is_taken_from_it(said: dict[str, Any], expected: list[str]) -> None:
    for who in ({}, {"anonymousId": "device"}):
        found = judged({"type": "track", "event": "Unsubscribed", "properties": said} | who)
        (event,) = found.events
        assert event.refusal is not None
        assert list(dict.fromkeys(address for _, address in event.refusal.addresses)) == expected
        assert found.remarks == []


@pytest.mark.parametrize(
    "said",
    [
        {"email": "a..b@docomo.example"},
        {"email": "u***@customer.example"},
        {"email": "anna at @customer"},
        {"phone": "+7 916 000-00-05-77-88-99-11"},
        {"mobile": "anna 79160000005"},
    ],
    ids=repr,
)
def test_an_address_that_cannot_be_read_in_a_withdrawal_is_told(said: dict[str, Any]) -> None:
    found = judged({"type": "track", "event": "Unsubscribed", "anonymousId": "device", "properties": said})
    assert len(found.events) == 1
    (remark,) = (one for one in found.remarks if one.code is RejectionCode.WITHDRAWAL_LOST)
    assert remark.stored, "the device's no counts, and somebody can look whose address that is"


@pytest.mark.parametrize("said", [{"email": False}, {"sms": "unsubscribed"}, {"viber": "v12345678=="}], ids=repr)
def test_an_answer_under_the_name_of_a_channel_is_no_address_that_was_lost(said: dict[str, Any]) -> None:
    calls = [track("Preferences Updated", marketing=False, **said), identify(unsubscribed=True, **said)]
    assert [one for one in judged(*calls).remarks if one.code is RejectionCode.WITHDRAWAL_LOST] == []


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
        assert (remark.code, remark.stored) == (RejectionCode.WITHDRAWAL_LOST, False)


def test_a_grant_by_an_address_alone_grants_nothing() -> None:
    (remark,) = judged({"type": "track", "event": "consent_given", "properties": {"email": ANNA}}).remarks
    assert remark.code is RejectionCode.NOBODY
    assert named_addresses.read_addresses({"properties": {"email": ANNA}}) == (("email", ANNA),)


NO: list[tuple[dict[str, Any], list[Any]]] = [
    (identify(marketing_consent="nein"), [EVERY]),
    (identify(marketing_consent="не согласен"), [EVERY]),
    *(
        (track(name), [EVERY])
        for name in ("Unsubscribed", "Unsubscribe", "unsubscribed", "Opted Out", "opt-out", "optOut", "Consent Revoked")
    ),
    *((track(name), [EVERY]) for name in ("Marketing Opt Out", "customer_unsubscribed", "Отписка", "Do Not Contact")),
    *(
        (track(name), [EMAIL])
        for name in ("Email Unsubscribed", "email_unsubscribe", "users.messages.email.Unsubscribe", "Do Not Email")
    ),
    *(
        (track(name), [EVERY])
        for name in (
            *("Unsubscribe Requested", "Unsubscribe Confirmed", "Contact Unsubscribed via API", "Marketing Declined"),
            *("unsubscribe_event", "Channel Unsubscribed", "GDPR Opt Out", "GDPROptOut", "Согласие отозвано"),
            *(
                "campaign.unsubscribe.created",
                "Unsubscribed after survey",
                "Consent Form Declined",
                "Unsubscribe Page Used",
            ),
            *("Отзыв согласия", "Не беспокоить", "Consent Revoked by Opt Out", "Failed: Unsubscribed", "STOP"),
        )
    ),
    *(
        (track(name), [EMAIL])
        for name in (
            *("emailUnSubscribe", "emailunsubscribed", "Email Un-Subscribed", "Email Unsubscribed v2"),
            *("Newsletter Subscription Removed", "Email Subscription Cancelled", "Unsubscribed From Product Emails"),
            *("Отказ от рассылки", "Отказалась от рассылок", "Emails Declined"),
        )
    ),
    (track("Unsubscribed from Push Notifications"), PUSH),
    (track("Marketing Declined By SMS"), [("marketing", "sms", None)]),
    (track("Push Notifications Disabled"), PUSH),
    (track("SMS STOP Received"), [("marketing", "sms", None)]),
    (track("Shopify Email Consent Updated", state="not_subscribed"), [EMAIL]),
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
    (identify(unsubscribed_at="2027-01-01T10:00:00Z"), [EVERY]),
    (identify(unsubscribe_reason="too many"), [EVERY]),
    (identify(email_marketing_consent={"state": "not_subscribed", "opt_in_level": "single"}), [EMAIL]),
    (identify(gdpr_consent=False), [EVERY]),
    (identify(legal={"data_processing_consent": "no"}), [EVERY]),
    (identify(dnc=True), [EVERY]),
    (identify(no_marketing=True), [EVERY]),
    (identify(mailchimp_status="unsubscribed"), [EVERY]),
    (identify(wants_newsletter=False), [EMAIL]),
    (identify(marketing=False), [EVERY]),
    (identify(accepts_marketing=0), [EVERY]),
    (identify(email_opt_in="no"), [EMAIL]),
    (identify(**{"$consent": False}), [EVERY]),
    (identify(**{"$consent": []}), [EVERY]),
    (identify(subscriptions={"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}), [EMAIL]),
    (identify(newsletter="нет"), [EMAIL]),
    (identify() | {"context": {"consent": {"categoryPreferences": {"Marketing": False, "Analytics": False}}}}, [EVERY]),
    (
        identify()
        | {"context": {"messaging_subscriptions": [{"key": ANNA, "type": "EMAIL", "status": "UNSUBSCRIBED"}]}},
        [EMAIL],
    ),
    (identify() | {"properties": {"subscribe": False}}, [EVERY]),
    (identify(properties={"subscribe": False}), [EVERY]),
    (identify(hs_email_optout=True), [EMAIL]),
    (identify(cio_subscription_preferences={"topics": {"carts": False}}), [("marketing", None, "carts")]),
    (identify(cio_subscription_preferences={"topics": {"topic_7": False}}), [EVERY]),
    (identify(**{"cio_subscription_preferences.topics.topic_7": False}), [EVERY]),
    (identify(email_preferences={"topics": {"carts": "no"}}), [("marketing", "email", "carts")]),
    (identify(subscription_groups=[{"id": "g", "subscription_state": "unsubscribed"}]), [EVERY]),
    (identify(subscriptions=[{"brand": "shop", "isSubscribed": False}]), [EVERY]),
    (identify(subscriptions=[{"pointOfContact": "Email", "isSubscribed": False}]), [EMAIL]),
    (identify(memberships=[{"channel": "sms", "lists": [{"state": "opted_out"}]}]), [("marketing", "sms", None)]),
    (identify(tags=["vip", "Unsubscribed"]), [EVERY]),
    (identify(can_receive_email_marketing=False), [EMAIL]),
    (identify(may_send_marketing=False), [EVERY]),
    (identify(notification_settings={"marketing": False}), [EVERY]),
    (identify(allow_marketing=False), [EVERY]),
    (identify(receive_emails=False), [EMAIL]),
    (identify(unsubscribedChannelIds=[1]), [EVERY]),
    (identify(consent_state={"gdpr": {"marketing": {"consented": False}}}), [EVERY]),
    (identify(mailchimp={"subscriptionStatus": "unsubscribed"}), [EVERY]),
    (identify(channels={"email": {"status": "unsubscribed"}}), [EMAIL]),
    (identify(crm_state="not_subscribed"), [EVERY]),
    (identify(crm_state="opted_out", sms_state="did not subscribe"), [EVERY, ("marketing", "sms", None)]),
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
    *map(
        track,
        (
            *("Unsubscribe Failed", "Unsubscribe Undone", "Opt Out Cancelled", "Opt Out Removed", "Not Unsubscribed"),
            *(
                "Unsubscribe Reminder Sent",
                "Unsubscribe Survey Completed",
                "Unsubscribed Page Opened",
                "Unsubscribe Page",
            ),
            *(
                "Unsubscribe Link Sent",
                "Resubscribed After Unsubscribe",
                "Unsubscribe Risk",
                "Unsubscribed From Waitlist",
            ),
            *("Marketing Card Declined", "Email Rejected", "Text Message Removed", "Cookie Consent Declined"),
            *("Отзыв о товаре", "Отказ от заказа", "Товар не найден", "Call Declined", "Newsletter Campaign Rejected"),
        ),
    ),
    track("Subscription Updated", status="active", plan="gold", auto_renew=False),
    track("Subscription Updated", email=True),
    track("Preferences Updated", language="ru", dark=False),
    track("app_opened", marketing=False, unsubscribed=True),
    identify(unsubscribed=False),
    identify(unsubscribed="false"),
    identify(unsubscribed=None),
    identify(unsubscribed_at=None, unsubscribe_count=3, unsubscribe_url="https://shop.example/u", dnc=False),
    identify(cookie_consent=False, consent_required=False, double_opt_in=False, consent_source="none"),
    identify(last_page="unsubscribe", is_subscribed_premium=False, plan="not_subscribed"),
    identify(orders=[{"status": "declined", "channel": "email"}], products=[{"subscribed": False}], tags=["stop"]),
    identify(subscriptions=[{"channel": "email", "isSubscribed": True, "unsubscribed": False}], topics={"tea": False}),
    identify() | {"context": {"messaging_subscriptions": [{"key": ANNA, "type": "EMAIL", "status": "SUBSCRIBED"}]}},
    identify(do_not_call_before="10:00", marketing_qualified=False, gdpr_consent=True),
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


SPAM = (
    *("Email Marked as Spam", "spam_report", "users.messages.email.MarkAsSpam", "Email Complained", "SpamReport"),
    *("Жалоба на спам", "Spam Complaint Received", "Email Complaint Received", "Message Reported For Abuse"),
    *("Email Abuse Report", "Email Complained By Recipient", "Жалоба на рассылку"),
)
ABOUT_NO_MESSAGE = (
    *("Complaint", "Complaint Filed", "Order Complaint", "Spam Filter Opened", "Comment Reported As Spam"),
    *(
        "Phone Complaint",
        "Complaint Call",
        "Customer Complaint By Phone",
        "Complaint via Email",
        "WhatsApp Pizza Complaint",
    ),
    *(
        "User Reported For Abuse",
        "Report Abuse",
        "Phone Abuse Reported",
        "Жалоба на заказ",
        "Complaint Email Received",
        "Complaint Message",
    ),
)


@pytest.mark.parametrize("name", SPAM)
def test_a_complaint_about_a_message_is_one(name: str) -> None:
    (event,) = judged(track(name, email=ANNA)).events
    assert event.refusal is not None
    assert event.refusal.complained
    assert event.name == "consent_withdrawn"


@pytest.mark.parametrize("name", ABOUT_NO_MESSAGE)
def test_a_complaint_about_a_pizza_or_a_person_is_none_by_whatever_means_it_came(name: str) -> None:
    (event,) = judged(track(name, email=ANNA, phone="+79160000001", about="cold pizza")).events
    assert event.refusal is None


def test_no_event_of_the_shop_itself_is_taken_for_a_no() -> None:
    names = [name for spec in load_project(ROOT, {}).events.values() for name in (spec.name, *spec.aliases)]
    assert names
    assert [name for name in names if says_no(name)] == ["consent_withdrawn", "Consent Withdrawn"]


def test_a_name_that_the_shop_knows_stays_and_says_no_all_the_same() -> None:
    (event,) = judged(track("Unsubscribed From List")).events
    assert (event.name, taken_back(event)) == ("list_left", [EVERY])


def test_a_profile_that_says_no_and_names_only_an_address_counts_as_a_withdrawal() -> None:
    said = {"type": "identify", "messageId": "m1", "traits": {"email": ANNA, "unsubscribed": True}}
    (event,) = judged(said).events
    assert event.refusal is not None
    assert (event.identities, event.refusal.addresses) == ((), (("email", ANNA),))
    (remark,) = judged(said | {"traits": {"unsubscribed": True}}).remarks
    assert (remark.code, remark.stored) == (RejectionCode.WITHDRAWAL_LOST, False)


def test_an_address_that_is_unsubscribed_is_refused_and_another_that_is_not_stays() -> None:
    mailboxes = [(ANNA, "UNSUBSCRIBED"), ("olga@customer.example", "SUBSCRIBED"), ("ida@customer.example", "opted_out")]
    told = [{"key": address, "type": "EMAIL", "status": status} for address, status in mailboxes]
    (event,) = judged(identify() | {"context": {"messaging_subscriptions": told}}).events
    assert event.refusal is not None
    assert event.refusal.addresses == (("email", ANNA), ("email", "ida@customer.example"))
    assert event.refusal.words == ({"channel": ["email"]},), "each no once"


BROKEN: list[dict[str, Any]] = [{"age": float("inf")}, {"note": "\0"}, {"bag": [0] * 1001}, {"x" * 201: 1}]


@pytest.mark.parametrize("odd", BROKEN, ids=lambda odd: repr(odd)[:20])
@pytest.mark.parametrize("place", ["traits", "context"])
def test_a_profile_that_says_no_keeps_all_that_is_right_in_it(odd: dict[str, Any], place: str) -> None:
    said = {"email": ANNA, "first_name": "Anna", "sms_opt_out": True}
    traits = said | odd
    call = {"type": "identify", "userId": "anna", "messageId": "m1"}
    found = judged(call | ({"traits": traits} if place == "traits" else {"context": {"traits": traits}}))
    (event,) = found.events
    assert (event.name, event.message_id, event.traits) == ("identify", "m1", said)
    assert taken_back(event) == [("marketing", "sms", None)], "no wider than it says"
    assert event.refusal is not None
    assert event.refusal.addresses == (("email", ANNA),)
    assert [remark.stored for remark in found.remarks] == [True]


@pytest.mark.parametrize(
    "said",
    [
        identify(email=ANNA, sms_opt_out=True, push_opt_out=True) | {"timestamp": "soon"},
        track("Preferences Updated", sms=False, push=False, email=ANNA, age=float("nan")),
        track("Preferences Updated", sms=False, push=False, email=ANNA) | {"timestamp": "soon"},
    ],
    ids=repr,
)
def test_answers_with_something_wrong_beside_take_back_each_what_it_says(said: dict[str, Any]) -> None:
    (event,) = judged(said).events
    assert event.name == "consent_withdrawn"
    assert taken_back(event) == [("marketing", "sms", None), *PUSH]
    assert event.refusal is not None
    assert event.refusal.words[0] == event.properties, "of these the customer's own consent is taken back"
    assert event.refusal.addresses == (("email", ANNA),)
