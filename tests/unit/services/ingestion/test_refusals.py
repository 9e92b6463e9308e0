"""What counts as a no: complaints, events of the shop, profiles, and calls with something wrong in them."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.config import load_project
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.refusals.refusal_events import says_no
from tests.support.paths import ROOT
from tests.unit.services.ingestion.segment_calls import ANNA, EVERY, PUSH, identify, judged, taken_back, track

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


SMS = ("marketing", "sms", None)
EMAIL = ("marketing", "email", None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        *(({key: no}, [EVERY]) for key in ("granted", "status", "consent") for no in (False, "declined", "no", 0)),
        ({"granted": False, "channel": "sms"}, [SMS]),
        ({"status": "withdrawn", "topic": "carts"}, [("marketing", None, "carts")]),
        ({"email": False, "sms": True}, [EMAIL]),
        ({"email": False, "sms": "no"}, [EMAIL, SMS]),
        ({"email": False, "granted": False}, [EVERY]),
        ({"unsubscribed": True, "channel": "email"}, [EMAIL]),
        ({"consent": {"marketing": False}}, [EVERY]),
    ],
    ids=repr,
)
def test_a_grant_that_says_no_in_clear_words_takes_back_what_it_names(said: dict[str, Any], expected: Any) -> None:
    found = judged(track("Consent Given", **said))
    (event,) = found.events
    assert (event.name, taken_back(event)) == ("consent_withdrawn", expected)
    assert (found.remarks[0].code, found.remarks[0].stored) == (RejectionCode.GRANT_UNCLEAR, True)


@pytest.mark.parametrize(
    "said",
    [
        *({"status": word} for word in ("pending", "expired", "perhaps", "", None)),
        *({key: False} for key in ("cookie_consent", "double_opt_in", "is_vip", "test")),
        {"channel": "fax"},
    ],
    ids=repr,
)
def test_a_grant_that_is_only_unclear_takes_nothing_back(said: dict[str, Any]) -> None:
    (event,) = judged(track("Consent Given", **said)).events
    assert (event.name, event.refusal) == ("consent_given", None)


@pytest.mark.parametrize(
    ("event", "said", "closed"),
    [
        ("spamreport", {"email": ANNA}, ("email",)),
        ("SpamComplaint", {"email": ANNA, "phone": "+79160000001"}, ("email",)),
        ("Email Marked as Spam", {}, ("email",)),
        ("Spam Report", {"channel": "email"}, ("email",)),
        ("Spam Report", {"phone": "+79160000001"}, ("sms", "viber", "call")),
        ("Spam Report", {"channel": "sms", "email": ANNA}, ("sms",)),
        ("STOP", {"phone": "+79160000001"}, ("sms",)),
    ],
    ids=repr,
)
def test_a_complaint_closes_the_channel_that_it_is_about(
    event: str, said: dict[str, Any], closed: tuple[str, ...]
) -> None:
    (found,) = judged(track(event, **said)).events
    assert found.refusal is not None
    channels = ("email", "sms", "viber", "call", "push")
    assert tuple(channel for channel in channels if found.refusal.covers(channel)) == closed
    if "channel" not in said:
        assert taken_back(found) == [EVERY], "and no advertisement comes in any"


def test_a_complaint_that_does_not_say_about_what_closes_every_channel() -> None:
    (found,) = judged(track("Spam Report")).events
    assert found.refusal is not None
    assert all(found.refusal.covers(channel) for channel in ("email", "sms", "push"))


def test_a_request_to_be_erased_tells_how_it_is_fulfilled() -> None:
    found = judged(track("GDPR Erasure Requested"))
    assert {purpose for purpose, _, _ in taken_back(found.events[0])} == {"marketing", "ads", "profiling", "calls"}
    (remark,) = found.remarks
    assert (remark.code, remark.stored) == (RejectionCode.WITHDRAWAL_WIDENED, True)
    assert "kaskad forget" in remark.detail


@pytest.mark.parametrize(
    "said",
    [track("complained"), track("Complaint", complaintFeedbackType="abuse"), track("cleaned", reason="abuse")],
    ids=repr,
)
def test_a_report_of_a_provider_is_a_complaint(said: dict[str, Any]) -> None:
    (event,) = judged(said).events
    assert event.refusal is not None
    assert event.refusal.complained


@pytest.mark.parametrize("said", [track("cleaned", reason="hard bounce"), track("Complaint", about="cold pizza")])
def test_another_report_is_no_complaint(said: dict[str, Any]) -> None:
    assert judged(said).events[0].refusal is None


def test_a_message_that_came_in_and_says_stop_closes_the_number() -> None:
    (event,) = judged(track("SMS Received", Body="Stop", From="+79160777001", To="+79990000000")).events
    assert event.refusal is not None
    assert event.refusal.stopped
    assert {address for _, address in event.refusal.addresses} == {"79160777001"}
    assert [channel for channel in ("email", "sms", "viber") if event.refusal.covers(channel)] == ["sms"]


@pytest.mark.parametrize("said", ["1970-01-01T00:00:00Z", 0, "1980-01-06T00:00:00Z", "2001-01-01T00:00:00Z"])
def test_a_no_that_a_clock_dated_which_is_not_set_counts_as_of_now(said: Any) -> None:
    for name in ("Unsubscribe", "consent_withdrawn"):
        (event,) = judged(track(name) | {"timestamp": said}).events
        assert event.occurred_at.year == 2200
    for name, timestamp in (("Unsubscribe", "2012-01-01T00:00:00Z"), ("consent_given", "2001-01-01T00:00:00Z")):
        (event,) = judged(track(name) | {"timestamp": timestamp}).events
        assert event.occurred_at.isoformat()[:4] == timestamp[:4]
