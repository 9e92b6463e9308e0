"""Who an event is about: every spelling of an id is one, and what stands in place of one is nobody's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.identities.rules import IdentityKind, IdentityRules
from kaskad.domain.journeys.project import Project
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion import segment_events

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


def read(project: Project | None = None, **said: Any) -> segment_events.ParsedRequest:
    event = {"type": "identify", "messageId": "m1", "timestamp": NOW.isoformat()} | said
    return segment_events.parse_request({"batch": [event]}, NOW, project or Project())


def identities(project: Project | None = None, **said: Any) -> tuple[tuple[str, str], ...]:
    (event,) = read(project, **said).events
    return event.identities


def external(kind: str, value: Any) -> dict[str, Any]:
    return {"context": {"externalIds": [{"type": kind, "id": value}]}}


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (external("phone", "8 (916) 000-00-05"), ("phone", "79160000005")),
        (external("Phone", "+7 916 000 00 05"), ("phone", "79160000005")),
        (external("mobile", 79160000005), ("phone", "79160000005")),
        (external("tel", 79160000005.0), ("phone", "79160000005")),
        ({"traits": {"phone": "8 916 000 00 05"}}, ("phone", "79160000005")),
        ({"traits": {"Phone": 9160000005.0}}, ("phone", "79160000005")),
        (external("E-mail", " Kolya@Customer.EXAMPLE "), ("email", "kolya@customer.example")),
        (external("mail", "KOLYA@customer.example"), ("email", "kolya@customer.example")),
        ({"traits": {"Email": "Kolya@Customer.example"}}, ("email", "kolya@customer.example")),
        ({"context": {"traits": {"email": "kolya@customer.example"}}}, ("email", "kolya@customer.example")),
        (external("Loyalty Card", 77.0), ("card", "77")),
        ({"traits": {"card": 77}}, ("card", "77")),
        (external("Telegram", 123), ("telegram", "123")),
        ({"context": {"device": {"id": "d-17"}}}, ("device", "d-17")),
        (external("crm_id", "A 17"), ("crm_id", "A 17")),
        (external("CRM id", "A 17"), ("CRM id", "A 17")),
    ],
    ids=str,
)
def test_every_spelling_of_an_id_is_one(said: dict[str, Any], key: tuple[str, str]) -> None:
    assert identities(**said) == (key,)


@pytest.mark.parametrize(
    "said",
    [
        external("phone", "112"),
        external("phone", "0"),
        external("email", "k***@customer.example"),
        external("email", "null"),
        external("card", "000000"),
        external("vk", "[object Object]"),
        {"userId": "test"},
        {"userId": " TEST "},
        {"anonymousId": "undefined"},
        {"context": {"device": {"id": "00000000-0000-0000-0000-000000000000"}}},
    ],
    ids=str,
)
def test_what_stands_in_place_of_an_id_is_nobodys_and_is_told(said: dict[str, Any]) -> None:
    found = read(**said)
    assert [remark.code for remark in found.remarks] == [RejectionCode.NOBODY]
    beside = read(**said, **({"userId": "kolya"} if "userId" not in said else {"anonymousId": "tablet"}))
    assert RejectionCode.ID_UNCLEAR in {remark.code for remark in beside.remarks}
    assert len(beside.events[0].identities) == 1


def test_what_is_too_short_or_named_in_the_file_is_nobodys() -> None:
    kinds = (IdentityKind(name="user_id"), IdentityKind(name="card", min_length=4))
    project = Project(identities=IdentityRules(kinds=kinds, none=("no card", "demo")))
    assert identities(project, userId="kolya", traits={"card": "123"}) == (("user_id", "kolya"),)
    assert identities(project, userId="kolya", traits={"card": "1234"})[1:] == (("card", "1234"),)
    assert identities(project, userId="kolya", anonymousId="No-Card") == (("user_id", "kolya"),)
    assert identities(project, userId="test") == (("user_id", "test"),), "the file's own list counts"


def test_a_trait_is_an_id_only_if_its_kind_joins() -> None:
    kinds = (IdentityKind(name="user_id"), IdentityKind(name="email", join=False))
    project = Project(identities=IdentityRules(kinds=kinds))
    told = {"userId": "kolya", "traits": {"email": "k@customer.example", "phone": "+79160000005", "card": "77"}}
    context = {"device": {"id": "d-17"}}
    assert identities(project, context=context, **told) == (("user_id", "kolya"),)
    assert identities(project, **external("email", "K@customer.example")) == (("email", "k@customer.example"),)


def test_an_opt_out_by_an_address_alone_is_about_all_who_have_it() -> None:
    said = {"type": "track", "event": "consent_withdrawn", "properties": {"purpose": "marketing"}}
    mail = {"context": {"traits": {"email": "kolya@customer.example"}}}
    (event,) = read(**said, **mail).events
    assert event.identities == ()
    assert event.refusal
    assert event.refusal.addresses


def test_an_alias_names_two_and_needs_both() -> None:
    alias = {"type": "alias", "previousId": "a1"}
    assert identities(userId="kolya", **alias) == (("user_id", "kolya"), ("previous_id", "a1"))
    assert [remark.code for remark in read(**alias).remarks] == [RejectionCode.NOBODY]
    assert identities(userId="kolya", previousId="a1") == (("user_id", "kolya"),), "of another call it is no id"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"traits": {"phone": "+7 916 000 0909, доб. 3"}}, "phone '+7 916 000 0909, доб. 3'"),
        ({"context": {"externalIds": {"type": "card", "value": "CC9"}}}, "context.externalIds, which is no list,"),
        ({"context": {"externalIds": "CC9"}}, "'CC9'"),
        ({"context": {"externalIds": [{"type": "card", "value": "CC9"}]}}, "'value': 'CC9'"),
        (external("", "x"), "'type': ''"),
        (external("  ", "x"), "'id': 'x'"),
        (external("card", ["a", "b"]), "['a', 'b']"),
        ({"userId": ["a", "b"]}, "userId ['a', 'b']"),
        ({"anonymousId": True}, "anonymousId True"),
        ({"traits": {"card": {"no": 1}}}, "traits.card {'no': 1}"),
        ({"userId": "undefined"}, "user_id 'undefined'"),
        ({}, "'undefined' and the like"),
    ],
)
def test_who_is_nobody_is_told_what_was_no_id(said: dict[str, Any], named: str) -> None:
    (rejected,) = read(**said).remarks
    assert rejected.code is RejectionCode.NOBODY and named in rejected.detail


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        *(("card", said) for said in ("1111111", "9999999999999", "111-11-11", "7 7 7 7 7 7 7")),
        *(("phone", said) for said in ("+79999999999", "8 (999) 999-99-99", "+380 999 999 999", "111 11 11")),
        ("user_id", "22222222"),
    ],
)
def test_one_digit_again_and_again_is_nobodys(kind: str, said: str) -> None:
    assert identities(userId="kolya", **external(kind, said)) == (("user_id", "kolya"),)


@pytest.mark.parametrize(
    ("kind", "said"), [("card", "111111"), ("card", "11111112"), ("phone", "79160000000"), ("card", "1111111a")]
)
def test_other_numbers_are_somebodys(kind: str, said: str) -> None:
    assert (kind, said) in identities(userId="kolya", **external(kind, said))
