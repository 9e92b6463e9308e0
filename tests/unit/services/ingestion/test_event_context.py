"""Calls without a name of their own are events, and every event keeps what brought the customer there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.event_context import MAX_ADDRESS, MAX_TEXT, keep_context
from kaskad.services.ingestion.segment_events import IncomingEvent, ParsedRequest, parse_request

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
PAGE = {
    "path": "/p/1",
    "url": "https://shop.example/p/1?utm_source=mail&utm_campaign=spring&x=1",
    "title": "Pizza",
    "referrer": "https://search.example/",
    "search": "?utm_source=mail&utm_campaign=spring&x=1",
}


def judged(**call: Any) -> ParsedRequest:
    return parse_request({"batch": [{"userId": "anna"} | call]}, NOW, Project(), source="site")


def read(**call: Any) -> IncomingEvent:
    found = judged(**call)
    assert list(found.remarks) == []
    (event,) = found.events
    return event


def test_a_page_is_an_event_with_its_address_and_its_campaign() -> None:
    said = {"name": "Pizza", "category": "Menu", **PAGE, "utm_source": "mail", "utm_campaign": "spring"}
    calls: list[dict[str, Any]] = [
        {"name": "Pizza", "category": "Menu", "properties": PAGE},
        {"name": "Pizza", "category": "Menu", "context": {"page": PAGE}},
        {"properties": PAGE | {"name": "Pizza", "category": "Menu"}, "context": {"page": {"title": "another"}}},
    ]
    for call in calls:
        event = read(type="page", **call)
        assert (event.name, event.properties) == ("page_viewed", said)


def test_the_campaign_of_the_context_is_better_than_that_of_the_address() -> None:
    context = {"campaign": {"source": "push", "medium": "app", "name": "march", "term": "t", "content": "c", "id": "7"}}
    assert read(type="page", properties={"url": PAGE["url"]}, context=context).properties == {
        "url": PAGE["url"],
        "utm_source": "push",
        "utm_medium": "app",
        "utm_campaign": "march",
        "utm_term": "t",
        "utm_content": "c",
    }
    own = read(type="page", properties={"utm_source": "own"}, context=context).properties
    assert own["utm_source"] == "own", "what the call itself says is best"


def test_a_screen_a_group_and_an_alias_are_events() -> None:
    screen = read(type="screen", name="Cart", properties={"itemCount": 2}, context={"page": PAGE})
    assert (screen.name, screen.properties) == ("screen_viewed", {"name": "Cart", "item_count": 2})
    group = read(type="group", groupId=17, traits={"Name": "Friends", "card": "c1"}, context={"traits": {"a": 1}})
    assert (group.name, group.properties) == ("group_joined", {"name": "Friends", "card": "c1", "group_id": "17"})
    assert (group.identities, group.traits) == ((("user_id", "anna"),), {"a": 1}), "its traits are no customer's"
    alias = read(type="alias", previousId=" a1 ")
    assert (alias.name, alias.properties) == ("aliased", {"previous_id": "a1"})
    assert alias.identities == (("user_id", "anna"), ("previous_id", "a1")), "they are one person"


@pytest.mark.parametrize(
    ("code", "call"),
    [
        *((RejectionCode.NOBODY, {"type": kind, "userId": None}) for kind in ("page", "screen", "group")),
        (RejectionCode.NOBODY, {"type": "alias"}),
        (RejectionCode.NOBODY, {"type": "alias", "previousId": {"a": 1}}),
        (RejectionCode.NOBODY, {"type": "alias", "previousId": "a1", "userId": ""}),
        (RejectionCode.TOO_LONG, {"type": "alias", "previousId": "x" * 501}),
        (RejectionCode.BAD_TIME, {"type": "page", "timestamp": "soon"}),
        (RejectionCode.BAD_SHAPE, {"type": "screen", "properties": [1]}),
        (RejectionCode.BAD_SHAPE, {"type": "group", "traits": 5}),
        (RejectionCode.TOO_LONG, {"type": "page", "category": "x" * 501}),
    ],
    ids=repr,
)
def test_what_is_wrong_in_them_is_said_as_of_any_event(code: RejectionCode, call: dict[str, Any]) -> None:
    found = judged(**call)
    assert list(found.events) == []
    assert [(remark.code, remark.stored) for remark in found.remarks] == [(code, False)]


def test_they_have_ids_of_their_own() -> None:
    calls: list[dict[str, Any]] = [
        {"type": "page"},
        {"type": "page", "name": "Cart"},
        {"type": "page", "category": "Cart"},
        {"type": "page", "context": {"page": {"path": "/"}}},
        {"type": "screen"},
        {"type": "group", "groupId": "1"},
        {"type": "group", "groupId": "2"},
        {"type": "alias", "previousId": "1"},
        {"type": "alias", "previousId": "2"},
    ]
    ids = [read(timestamp="2027-03-02T08:00:00Z", **call).message_id for call in calls]
    assert len(set(ids)) == len(calls)


def test_whatever_sends_an_event_again_it_is_the_same() -> None:
    said: dict[str, Any] = {"type": "page", "timestamp": "2027-03-02T08:00:00Z"}
    senders: list[dict[str, Any]] = [
        {"page": PAGE},
        {"page": PAGE, "library": {"name": "a", "version": "1"}, "ip": "192.0.2.1"},
        {"page": PAGE, "library": {"name": "b"}, "userAgent": "x", "network": {"wifi": True}},
    ]
    assert len({read(context=context, **said).message_id for context in senders}) == 1


def test_the_campaign_the_page_and_the_referrer_are_kept_and_nothing_else() -> None:
    context = {
        "campaign": {"source": " mail ", "medium": 5, "name": None, "odd": "x", "term": {"a": 1}},
        "page": PAGE | {"more": "x"},
        "referrer": {"type": "search", "url": "https://search.example/", "link": "x"},
        "library": {"name": "x"},
        "userAgent": "x",
    }
    assert keep_context(context) == {
        "campaign": {"source": "mail", "medium": "5"},
        "page": PAGE,
        "referrer": {"type": "search", "url": "https://search.example/"},
    }
    assert keep_context({"referrer": "https://x.example"}) == {"referrer": {"url": "https://x.example"}}


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, True, [{"source": "x"}], {"source": ["x"], "url": {}}], ids=repr)
def test_what_is_no_campaign_and_no_page_is_none(odd: Any) -> None:
    assert keep_context({"campaign": odd, "page": odd}) == {}
    assert read(type="page", context={"campaign": odd, "page": odd}).properties == {}


def test_what_is_kept_is_bounded() -> None:
    assert keep_context({"page": {"title": "x" * 5_000, "url": "x" * (MAX_ADDRESS + 1)}}) == {
        "page": {"title": "x" * MAX_TEXT}
    }, "an address that is cut would lead elsewhere"
    long = "https://shop.example/?utm_source=" + "x" * 1_500
    assert read(type="page", properties={"url": long}).properties["utm_source"] == "x" * MAX_TEXT
    for odd in ("http://[bad?utm_source=x", "?" + "&".join(["utm_source=x"] * 2_000)):
        assert read(type="page", properties={"url": odd}).properties == {"url": odd}


def test_a_property_named_context_is_spoiled_except_beside_a_consent() -> None:
    found = judged(type="track", event="rated", properties={"context": {"page": 1}, "stars": 5})
    assert (found.events[0].properties, found.events[0].spoiled) == ({"stars": 5}, ("context",))
    found = judged(type="track", event="consent_given", properties={"context": {"consent": False}, "channel": "email"})
    assert found.events[0].properties["context"] == {"consent": False}
