"""Whose addresses a withdrawal names, wherever and however they are written."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.refusals import named_addresses
from tests.unit.services.ingestion.segment_calls import ANNA, identify, judged, track

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
    {"context": {"traits": {"email": f"Anna <{ANNA}>"}}},
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
    (remark,) = (remark for remark in found.remarks if remark.code is RejectionCode.WITHDRAWAL_LOST)
    assert remark.stored, "the device's no counts, and somebody can look whose address that is"


@pytest.mark.parametrize("said", [{"email": False}, {"sms": "unsubscribed"}, {"viber": "v12345678=="}], ids=repr)
def test_an_answer_under_the_name_of_a_channel_is_no_address_that_was_lost(said: dict[str, Any]) -> None:
    calls = [track("Preferences Updated", marketing=False, **said), identify(unsubscribed=True, **said)]
    assert [remark for remark in judged(*calls).remarks if remark.code is RejectionCode.WITHDRAWAL_LOST] == []


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


def test_an_address_that_is_unsubscribed_is_refused_and_another_that_is_not_stays() -> None:
    mailboxes = [(ANNA, "UNSUBSCRIBED"), ("olga@customer.example", "SUBSCRIBED"), ("ida@customer.example", "opted_out")]
    subscriptions = [{"key": address, "type": "EMAIL", "status": status} for address, status in mailboxes]
    (event,) = judged(identify() | {"context": {"messaging_subscriptions": subscriptions}}).events
    assert event.refusal is not None
    assert event.refusal.addresses == (("email", ANNA), ("email", "ida@customer.example"))
    assert event.refusal.words == ({"channel": ["email"]},), "each no once"


PHONE = "79160777001"
ELSEWHERE: list[tuple[str, dict[str, Any], list[str]]] = [
    *(("Unsubscribe", {"userId": id_}, [PHONE]) for id_ in ("+79160777001", "89160777001", 79160777001)),
    ("Unsubscribe", {"context": {"externalIds": [{"type": "login", "id": "+7 916 077-70-01"}]}}, [PHONE]),
    *(
        ("Unsubscribe", {"properties": said}, [ANNA])
        for said in (
            *({of: {"email": ANNA}} for of in ("contact", "subscriber", "msg", "data")),
            *({key: ANNA} for key in ("subscriber_email", "contact_email", "rcpt", "user", "почта", "id", "login")),
            *({"to": [{"email": ANNA}]}, {"emails": [ANNA]}, {"a": {"b": {"c": {"d": ANNA}}}}),
            *({"email": text} for text in (f'"{ANNA}"', f"'{ANNA}'", f"«{ANNA}»", "anna(at)customer.example")),
            {"contact": "anna [at] customer [dot] example"},
            {"from": "shop@shop.example", "to": ANNA},
            {"sender": {"email": "shop@shop.example"}, "email": ANNA, "manager_email": "boss@shop.example"},
            {"from": ANNA},  # nobody else is named
            {"lists": [{"email": ANNA}, {"email": "olga@customer.example", "status": "subscribed"}]},
        )
    ),
    *(
        ("STOP", {"properties": said}, [PHONE])
        for said in (
            *({key: f"+{PHONE}"} for key in ("From", "sender", "number", "recipient", "to", "customer", "телефон")),
            *({"WaId": PHONE}, {"From": f"+{PHONE}", "To": "+79990000000"}, {"contact": {"wa_id": PHONE}}),
        )
    ),
]


@pytest.mark.parametrize(("event", "said", "expected"), ELSEWHERE, ids=repr)
def test_a_no_is_one_of_the_address_under_whatever_key(event: str, said: dict[str, Any], expected: list[str]) -> None:
    (found,) = judged({"type": "track", "event": event, "anonymousId": "a" * 8} | said).events
    assert found.refusal is not None
    assert list(dict.fromkeys(address for _, address in found.refusal.addresses)) == expected


@pytest.mark.parametrize(
    "said",
    [
        {"userId": "anna", "properties": {"from": "shop@shop.example", "reply_to": "help@shop.example"}},
        {"userId": "1234567", "properties": {"order_number": 79160777001, "list_id": 79160777001}},
        {"userId": "anna", "properties": {"support_phone": "+78005553535", "shop": {"email": "shop@shop.example"}}},
        {"userId": "anna", "properties": {"timestamp": 1700000000000, "text": f"write to {ANNA} please"}},
    ],
    ids=repr,
)
def test_the_address_of_the_shop_is_no_customers(said: dict[str, Any]) -> None:
    (found,) = judged({"type": "track", "event": "Unsubscribe"} | said).events
    assert found.refusal is not None
    assert found.refusal.addresses == ()
