"""What says no in the words of other systems, and what only sounds like it."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.services.ingestion.refusals import refused_grants
from tests.unit.services.ingestion.segment_calls import ANNA, EMAIL, EVERY, PUSH, identify, judged, taken_back, track

EVERYTHING = [EVERY, *((purpose, None, None) for purpose in ("ads", "profiling", "calls")), ("marketing", "call", None)]
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
    *(
        (track(name), [EVERY])
        for name in (
            *(
                "STOPALL",
                "Désabonnement",
                "Отказ от рекламы",
                "Запрет на рекламные сообщения",
            ),
            *("Blacklisted", "Customer Suppressed"),
        )
    ),
    *(
        (track(name), EVERYTHING)
        for name in (
            *("Account Deletion Requested", "GDPR Erasure Requested", "Удалить мои данные", "customers/redact"),
            *("User Deleted", "Account Deleted", "Right To Be Forgotten Request", "Delete My Data"),
        )
    ),
    *((track(name), [EMAIL]) for name in ("Abmeldung Newsletter", "Відписка від розсилки")),
    (track("SMS Received", OptOutType="STOP", Body="STOP"), [("marketing", "sms", None)]),
    (track("SMS Received", body=" stopall "), [("marketing", "sms", None)]),
    (track("SubscriptionChange", SuppressSending=True), [EVERY]),
    (
        track("users.behaviors.subscription.GlobalStateChange", subscription_status="Unsubscribed", channel="email"),
        [EMAIL],
    ),
    (track("users.behaviors.subscriptiongroup.StateChange", subscription_status="Unsubscribed"), [EVERY]),
    (track("dropped", reason="Unsubscribed Address"), [EVERY]),
    (track("contact.propertyChange", propertyName="hs_email_optout", propertyValue="true"), [EMAIL]),
    (track("Profile Updated", marketing_consent=False), [EVERY]),
    (track("Profile Updated", unsubscribed=True), [EVERY]),
    (track("Notification Settings Changed", email=False), [EMAIL]),
    (track("User Settings Changed", email_marketing=False), [EMAIL]),
    (track("Согласие изменено", email="нет"), [EMAIL]),
    (identify(emailBlacklisted=True), [EMAIL]),
    (identify(smsBlacklisted=True), [("marketing", "sms", None)]),
    (identify(blacklisted=True), [EVERY]),
    (identify(suppressed=True), [EVERY]),
    (identify(contact_preference="do not contact"), [EVERY]),
    (identify(email_notifications="none"), [EMAIL]),
    (identify(receive_news="N"), [EVERY]),
    (identify(soglasie_na_rassylku=0), [EMAIL]),
    (identify(deleted=True), EVERYTHING),
    (identify(deceased=True), [EVERY]),
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
    *map(
        track,
        (
            *(
                "Item Deleted",
                "Account Deletion Page Viewed",
                "User Deleted Item",
                "Draft Deleted",
                "User Address Deleted",
            ),
            *("Account Deletion Cancelled", "Product Blacklisted", "Cart Data Deleted", "Email Draft Deleted"),
            *("Category Deleted", "Segment Deleted", "Message Deleted", "Delete Button Shown", "Data Updated"),
        ),
    ),
    track("SMS Received", body="do not stop"),
    track("Bus Stop Selected", OptOutType="none"),
    track("contact.propertyChange", propertyName="hs_email_optout", propertyValue="false"),
    track("contact.propertyChange", propertyName="city", propertyValue="false"),
    track("Profile Updated", unsubscribed=False, email=False, dark=False),
    track("Notification Settings Changed", sound=False, language="no"),
    track("dropped", reason="Bounced Address"),
    track("SubscriptionChange", SuppressSending=False),
    identify(blacklisted=False, suppressed=False, deleted=False, deceased=None, deleted_items=3),
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


@pytest.mark.parametrize("said", ["do not email", "Не беспокоить", "keine Anrufe"])
def test_a_grant_with_a_plain_refusal_is_a_no(said: str) -> None:
    assert refused_grants.find_no({"channel": "email", "granted": said}) == {"channel": "email"}
    assert refused_grants.find_no({"channel": "email", "form": said}) is None
