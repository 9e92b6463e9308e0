"""Each event of a request is judged alone: what it is, when it was, who it names, and what there is to say of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.errors import Rejected
from kaskad.domain.journeys.project import EventSpec, Project, Topic
from kaskad.domain.rejection import RejectionCode
from kaskad.domain.values.instants import LATEST
from kaskad.services.ingestion.segment_events import ParsedRequest, parse_request, read_batch

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
SHOP = Project(
    topics={"carts": Topic(name="carts")},
    events={
        "consent_withdrawn": EventSpec(name="consent_withdrawn", aliases=("Opted Out",)),
        "rated": EventSpec.model_validate({"name": "rated", "properties": {"stars": "number"}}),
    },
)
DEEP: Any = 0
for _ in range(200):
    DEEP = [DEEP]


def call(**said: Any) -> dict[str, Any]:
    return {"type": "track", "event": "app_opened", "userId": "anna", "messageId": "m1"} | said


def withdrawal(**said: Any) -> dict[str, Any]:
    return call(event="Consent Withdrawn", properties={"channel": "email"}) | said


def judged(*calls: Any, source: str = "site", **said: Any) -> ParsedRequest:
    return parse_request({"batch": list(calls)} | said, NOW, SHOP, source=source)


BAD: list[tuple[RejectionCode, Any]] = [
    *((RejectionCode.NOT_AN_EVENT, odd) for odd in (7, "x", None, [call()], True)),
    *((RejectionCode.UNKNOWN_TYPE, call(type=kind)) for kind in ("Track", "delete", 5, ["track"], {"a": 1})),
    *(
        (RejectionCode.BAD_NAME, call(event=name))
        for name in (None, "", 5, ["app_opened"], "x" * 501, "identify", "Price Drop")
    ),
    *((RejectionCode.BAD_MESSAGE_ID, call(messageId=id_)) for id_ in (5, True, "x" * 201, ["m1"], {"a": 1})),
    *((RejectionCode.NOBODY, call(userId=who)) for who in (None, "")),
    *((RejectionCode.BAD_SHAPE, call(properties=odd)) for odd in ([1], "x", 5, False)),
    (RejectionCode.BAD_SHAPE, call(context="x")),
    (RejectionCode.BAD_SHAPE, {"userId": "anna", "traits": [1]}),
    *((RejectionCode.BAD_TIME, call(timestamp=at)) for at in ("29.11.2026 10:00", "soon", "", 5, 20270101, [], True)),
    *(
        (RejectionCode.BAD_TIME, call(timestamp=at))
        for at in ("1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "2027-02-30T10:00:00Z")
    ),
    (RejectionCode.BAD_NUMBER, call(event="rated", properties={"stars": "1e999999999"})),
    (RejectionCode.BAD_NUMBER, call(event="Rated", properties={"Stars": 10**12})),
    (RejectionCode.TOO_LONG, call(properties={"productId": "x" * 501})),
    (RejectionCode.TOO_LONG, call(userId="x" * 501)),
    (RejectionCode.TOO_LONG, call(context={"externalIds": [{"type": "x" * 501, "id": "1"}]})),
    (RejectionCode.TOO_LONG, call(anonymousId="\U0001f355" * 300)),
    (RejectionCode.TOO_DEEP, call(properties={"deep": DEEP})),
]


@pytest.mark.parametrize(("code", "bad"), BAD, ids=lambda value: repr(value)[:60])
def test_a_bad_event_is_rejected_alone(code: RejectionCode, bad: Any) -> None:
    found = judged(call(messageId="before"), bad, call(messageId="after"))
    assert [event.message_id for event in found.events] == ["before", "after"]
    (remark,) = found.remarks
    assert (remark.index, remark.code, remark.stored) == (1, code, False)
    assert remark.detail.isprintable()
    with pytest.raises(Rejected, match=r"batch\[1\]: "):
        read_batch({"batch": [call(), bad]}, NOW, SHOP)


def test_the_time_on_the_clients_clock_counts_where_there_is_no_other() -> None:
    first, late = "2027-03-02T07:00:00Z", "2027-03-02T08:00:00Z"
    for said, hours in (
        ({"originalTimestamp": first}, 2),
        ({"originalTimestamp": first, "timestamp": None}, 2),
        ({"originalTimestamp": first, "timestamp": late}, 1),
    ):
        (event,) = judged(call(**said)).events
        assert event.occurred_at == NOW - timedelta(hours=hours)
        (event,) = judged(withdrawal(**said)).events
        assert event.occurred_at == NOW - timedelta(hours=hours)
    (event,) = judged(call(originalTimestamp=first), sentAt=late).events
    assert event.occurred_at == NOW - timedelta(hours=1), "that clock is an hour behind"
    (remark,) = judged(call(originalTimestamp="soon")).remarks
    assert (remark.code, remark.stored) == (RejectionCode.BAD_TIME, False)
    ids = {judged(call(messageId=None, originalTimestamp=at)).events[0].message_id for at in (first, late, first)}
    assert len(ids) == 2, "sent again, it is a repeat"


def test_an_unreadable_time_of_sending_corrects_nothing_and_rejects_nothing() -> None:
    for sent_at in ("soon", 5, {}, "9999-12-31T23:59:59Z", None):
        (event,) = judged(call(timestamp="2027-03-02T08:00:00Z"), sentAt=sent_at).events
        assert event.occurred_at == NOW - timedelta(hours=1)


def test_without_a_message_id_the_same_gets_the_same_one_whenever_it_is_sent() -> None:
    said = {
        "messageId": None,
        "timestamp": "2027-03-02T08:00:00Z",
        "properties": {"price": "1,5", "a": [1, {"b": None}]},
    }
    first = [event.message_id for event in judged(call(**said), call(**said), call(**said)).events]
    again = [event.message_id for event in judged(call(**said), call(messageId=""), call(**said), call(**said)).events]
    assert len(set(first)) == 3, "equals of one request are several"
    assert [message_id for message_id in again if message_id in first] == first
    assert all(1 <= len(message_id) <= 200 and "#" not in message_id for message_id in first)


def test_without_a_message_id_whatever_differs_is_another_event() -> None:
    said = {"messageId": None, "timestamp": "2027-03-02T08:00:00Z", "properties": {"price": 1}}
    others = [
        {"timestamp": "2027-03-02T08:00:01Z"},
        {"properties": {"price": "1"}},
        {"properties": {"Price": 1}},
        {"event": "App Opened"},
        {"userId": "boris"},
        {"anonymousId": "a1"},
        {"context": {"externalIds": [{"type": "card", "id": "1"}]}},
    ]
    ids = [judged(call(**said | other)).events[0].message_id for other in ({}, *others)]
    ids.append(judged(call(**said), source="app").events[0].message_id)
    assert len(set(ids)) == len(others) + 2


TAKES_BACK: list[dict[str, Any]] = [
    withdrawal(messageId=None),
    withdrawal(messageId="", timestamp="some day"),
    withdrawal(messageId=None, properties=5),
    {"type": "identify", "userId": "anna", "traits": {"email": None}},
    {"type": "identify", "userId": "anna", "traits": {"phone": " "}},
    {"type": "identify", "userId": "anna", "context": {"device": {"token": ""}}},
]


@pytest.mark.parametrize("said", TAKES_BACK)
def test_what_takes_something_back_without_id_and_time_is_never_a_repeat(said: dict[str, Any]) -> None:
    assert judged(said).events[0].message_id != judged(said).events[0].message_id


def test_without_id_and_time_the_same_is_a_repeat_within_the_hour_alone() -> None:
    for said in (call(messageId=None), {"type": "identify", "userId": "anna", "traits": {"email": "a@b.example"}}):
        ids = [
            parse_request({"batch": [said]}, NOW + after, SHOP, source="site").events[0].message_id
            for after in (timedelta(), timedelta(minutes=59), timedelta(hours=1))
        ]
        assert ids[0] == ids[1] != ids[2]


WRONG_IN_IT: dict[str, dict[str, Any]] = {
    "unreadable time": {"timestamp": "29.11.2026 10:00"},
    "time before time": {"timestamp": "0001-01-01T00:00:00Z"},
    "message id": {"messageId": 5},
    "message id with NUL": {"messageId": "a\0b"},
    "type": {"type": "delete"},
    "type of identify": {"type": "identify"},
    "context": {"context": 5},
    "traits": {"traits": "x"},
    "another id that is too long": {"anonymousId": "x" * 600},
    "another id of half a character": {"anonymousId": "\ud800"},
    "alias of the shop": {"event": "Opted Out"},
    "another spelling": {"event": "consent-withdrawn"},
    "shouted": {"event": " CONSENT WITHDRAWN "},
    "a text of 100 KB": {"properties": {"channel": "email", "note": "x" * 100_000}},
    "a nest": {"properties": {"channel": "email", "note": DEEP}},
    "NaN": {"properties": {"channel": "email", "price": float("nan")}},
    "a key of 2,000": {"properties": {"channel": "email", "k" * 2_000: 1}},
    "3,000 items": {"properties": {"channel": "email", "items": [0] * 3_000}},
}


@pytest.mark.parametrize("wrong", WRONG_IN_IT.values(), ids=WRONG_IN_IT.keys())
def test_a_withdrawal_that_names_anybody_is_never_rejected(wrong: dict[str, Any]) -> None:
    found = judged(withdrawal(**wrong), call(messageId="other"))
    assert [event.name for event in found.events] == ["consent_withdrawn", "app_opened"]
    assert found.events[0].properties["channel"] == "email"
    assert found.events[0].identities == (("user_id", "anna"),)
    assert found.events[0].occurred_at == LATEST, "without a readable time it was now: it is clamped when it is stored"
    assert all(remark.stored for remark in found.remarks)


@pytest.mark.parametrize(
    "odd", ["x" * 40_000, DEEP, "\ud800", float("inf"), ["email"] * 2_000], ids=lambda odd: repr(odd)[:20]
)
def test_what_a_withdrawal_cannot_say_is_every(odd: Any) -> None:
    (event,) = judged(withdrawal(properties={"Channel": odd, "topic": "carts", "purpose": odd})).events
    assert event.properties == {"channel": "*", "topic": "carts", "purpose": "*"}
    for properties in (odd, [1], 5, "email"):
        (event,) = judged(withdrawal(properties=properties)).events
        assert event.properties == {"channel": "*", "topic": "*", "purpose": "*"}


def test_a_withdrawal_that_names_nobody_is_rejected() -> None:
    for who in (None, "", "x" * 600, "\ud800"):
        (remark,) = judged(withdrawal(userId=who)).remarks
        assert (remark.code, remark.stored) == (RejectionCode.WITHDRAWAL_LOST, False)


NO_IDS: list[Any] = [True, False, {}, [], {"id": "anna"}, ["anna"], " ", "\u00a0", "\u200b", "\t\n"]


@pytest.mark.parametrize("odd", NO_IDS, ids=repr)
def test_what_is_neither_text_nor_number_is_no_id(odd: Any) -> None:
    (remark,) = judged(call(userId=odd)).remarks
    assert (remark.code, remark.stored) == (RejectionCode.NOBODY, False)
    external = {"externalIds": [{"type": "card", "id": odd}]}
    assert judged(call(userId=odd, context=external, traits={"card": odd}, anonymousId=odd)).events == []
    (remark, *_) = judged(withdrawal(userId=odd)).remarks
    assert (remark.code, remark.stored) == (RejectionCode.WITHDRAWAL_LOST, False), "it is not lost silently"
    if not isinstance(odd, str):
        (remark,) = judged(withdrawal(userId=odd, anonymousId="a1")).remarks
        assert (remark.code, remark.stored) == (RejectionCode.WITHDRAWAL_LOST, True), (
            "whom it meant is told, what it names holds"
        )


NOBODYS: list[Any] = ["undefined", "NULL", 0, "[object Object]", "{{user_id}}", "(not set)", "guest", f"{UUID(int=0)}"]


@pytest.mark.parametrize("said", NOBODYS, ids=repr)
def test_what_stands_in_place_of_an_id_is_left_out_and_told(said: Any) -> None:
    (remark,) = judged(call(userId=said)).remarks
    assert (remark.code, remark.stored) == (RejectionCode.NOBODY, False)
    external = {"externalIds": [{"type": "card", "id": said}, {"type": "crm", "id": "17"}]}
    found = judged(call(userId=said, anonymousId=said, traits={"card": said}, context=external))
    assert [event.identities for event in found.events] == [(("crm", "17"),)]
    (remark,) = found.remarks
    assert (remark.code, remark.stored) == (RejectionCode.ID_UNCLEAR, True)
    assert all(f"{kind} '{said}'" in remark.detail for kind in ("user_id", "anonymous_id", "card"))
    (remark,) = judged({"type": "alias", "userId": "anna", "previousId": said}).remarks
    assert (remark.code, remark.stored) == (RejectionCode.NOBODY, False)
    (event,) = judged({"type": "group", "userId": "anna", "groupId": said}).events
    assert "group_id" not in event.properties


@pytest.mark.parametrize("said", NOBODYS, ids=repr)
def test_a_withdrawal_whose_id_is_nobodys_counts_by_its_others_and_by_its_addresses(said: Any) -> None:
    (remark,) = judged(withdrawal(userId=said)).remarks
    assert (remark.code, remark.stored) == (RejectionCode.WITHDRAWAL_LOST, False), "it is not lost silently"
    found = judged(withdrawal(userId=said, anonymousId="a1"), withdrawal(userId=said, messageId=5, anonymousId="a1"))
    assert [event.identities for event in found.events] == [(("anonymous_id", "a1"),)] * 2
    assert {remark.code for remark in found.remarks} >= {RejectionCode.WITHDRAWAL_LOST}, "whom it meant is told"
    (event,) = judged(withdrawal(userId=said, properties={"email": "anna@customer.example"})).events
    assert event.identities == ()
    assert event.refusal is not None
    assert event.refusal.addresses == ((Channel.EMAIL, "anna@customer.example"),)


def test_ids_are_trimmed_and_numbers_are_ids() -> None:
    for said, id_ in ((" sp ", "sp"), ("\u00a0sp\n", "sp"), ("\ufeffsp\u200b", "sp"), (17, "17"), ("a b", "a b")):
        found = judged(
            call(userId=said),
            call(messageId="m2", userId=None, context={"externalIds": [{"type": " card ", "id": said}]}),
        )
        assert [event.identities for event in found.events] == [(("user_id", id_),), (("card", id_),)]


def test_a_readable_time_of_a_withdrawal_holds() -> None:
    (event,) = judged(withdrawal(timestamp="2027-03-02T08:00:00Z", context=5)).events
    assert event.occurred_at == NOW - timedelta(hours=1)


def test_what_was_not_understood_is_told_although_the_event_is_stored() -> None:
    odd = [
        (RejectionCode.WITHDRAWAL_WIDENED, withdrawal(properties={"channel": "fax"})),
        (RejectionCode.WITHDRAWAL_WIDENED, withdrawal(properties={"topic": "newsletter"})),
        (RejectionCode.GRANT_UNCLEAR, withdrawal(event="Consent Given", properties={"channel": "fax"})),
        (RejectionCode.GRANT_UNCLEAR, withdrawal(event="Consent Given", properties={"purpose": "all"})),
        (RejectionCode.CONTACT_UNCLEAR, {"userId": "anna", "traits": {"email": True}}),
        (RejectionCode.CONTACT_UNCLEAR, {"userId": "anna", "context": {"device": {"token": ["t"]}}}),
        (RejectionCode.CART_UNCLEAR, call(event="Cart Updated")),
        (RejectionCode.BAD_TIME, withdrawal(timestamp="soon")),
    ]
    found = judged(*(call for _, call in odd))
    assert len(found.events) == len(odd)
    assert [(remark.code, remark.stored) for remark in found.remarks] == [(code, True) for code, _ in odd]


def test_what_could_have_been_said_is_told_in_plain_words() -> None:
    said = {"channel": "email", "topic": "newsletter"}
    (remark,) = judged(withdrawal(properties=said)).remarks
    assert remark.detail == "not known: topic 'newsletter'; the widest was taken back; a topic is one of carts"
    (remark,) = judged(withdrawal(event="Consent Given", properties={"channel": "fax"})).remarks
    assert remark.detail.startswith("not known: channel 'fax'; nothing was granted; a channel is one of push, email, ")


def test_a_script_has_no_other_time_than_what_it_says() -> None:
    with pytest.raises(Rejected, match="timestamp"):
        read_batch({"batch": [withdrawal(timestamp="soon")]}, NOW, SHOP)
    assert len(read_batch({"batch": [withdrawal(properties={"channel": "fax"})]}, NOW, SHOP)) == 1
