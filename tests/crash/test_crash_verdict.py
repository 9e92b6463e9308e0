"""The judge itself: it finds each kind of broken promise, and nothing else."""

from __future__ import annotations

from typing import Any

from tests.crash.load import Told, addresses
from tests.crash.verdict import Call, Line, Message, Verdict, duplicates, expected, late, lost, unclassified

LEASE = 2.0
CHANNELS = ("push", "email", "viber", "sms")
KEPT: dict[str, Any] = {"kills": 200, "sends": 50_000, "duplicates": 0, "late": 0, "lost": 0, "unknown": 9}


def call(key: str, channel: str = "push", journey: str = "carts", outcome: str = "accepted", at: float = 10.0) -> Call:
    sender = f"{journey.title()} <{journey}@shop.example>" if channel == "email" else journey
    return Call(key, channel, addresses("s1")[channel], sender, outcome, at)


def message(key: str, status: str = "sent", settled_by: str | None = None, channel: str = "push") -> Message:
    return Message(key, "carts", channel, "s1", status, "", settled_by, 10.0)


def acknowledged(**more: Any) -> Told:
    return Told(carts={"s1"}, **more)


def test_a_key_or_a_line_that_came_twice_is_a_duplicate() -> None:
    assert duplicates([call("a"), call("b", "sms"), call("c", outcome="deferred")], set()) == []
    assert duplicates([call("a"), call("a")], {"a"}) == ["a", "carts push token-s1"]
    assert duplicates([call("a"), call("b", outcome="lost")], set()) == ["carts push token-s1"]


def test_a_second_call_is_one_too_unless_nobody_could_tell_of_the_first() -> None:
    again = [call("a"), call("a", outcome="duplicate")]
    assert duplicates(again, set()) == ["a"]
    assert duplicates(again, {"a"}) == []


def test_late_is_what_was_begun_after_the_purchase_or_arrived_when_nothing_begun_before_it_could() -> None:
    bought = acknowledged(orders={"s1": 9.0})
    assert late([call("a")], bought, {"a": 8.9}, LEASE) == []
    assert late([call("a")], bought, {"a": 9.1}, LEASE) == ["a"]
    assert late([call("a", at=15.0)], bought, {"a": 8.9}, LEASE) == ["a"]
    assert late([call("a", journey="thanks", at=15.0)], bought, {"a": 14.0}, LEASE) == []
    assert late([call("a", outcome="deferred", at=15.0)], bought, {"a": 14.0}, LEASE) == []


def test_whoever_should_have_been_written_to_and_was_not_is_lost() -> None:
    heard = [call(f"{journey}-{channel}", channel, journey) for journey in ("carts", "looks") for channel in CHANNELS]
    assert lost(heard, acknowledged(), []) == []
    without = [heard_call for heard_call in heard if heard_call.key != "carts-email"]
    assert lost([heard_call for heard_call in heard if heard_call.key != "carts-sms"], acknowledged(), []) == [
        Line("carts", "sms", "s1")
    ]
    assert lost(without, acknowledged(), []) == [], "passed over: a later channel has written"
    assert lost(without, acknowledged(), [message("m", "dropped", channel="email")]) == [Line("carts", "email", "s1")]
    assert lost(without, acknowledged(), [message("m", "unknown", channel="email")]) == []
    doubted = message("m", "dropped", "look_up", "email")._replace(reason="superseded: the provider never got it")
    assert lost(without, acknowledged(), [doubted]) == [], "the cascade went on: a later channel has written"
    assert lost(without, acknowledged(), [doubted._replace(settled_by=None)]) == [Line("carts", "email", "s1")]
    last = doubted._replace(channel="sms")
    assert lost([heard_call for heard_call in heard if heard_call.key != "carts-sms"], acknowledged(), [last]) == [
        Line("carts", "sms", "s1")
    ]
    refused = call("r", "email", "looks", outcome="refused")
    assert lost([*without, refused], acknowledged(), []) == []


def test_who_buys_is_thanked_and_who_asked_for_a_product_is_told() -> None:
    asked = acknowledged(orders={"s1": 9.0}, asked_for={"rare-0": ["s1"]}, restocked=["rare-0"])
    assert [(line.journey, line.channel) for line in expected(asked)] == [
        (journey, channel) for journey in ("thanks", "restock") for channel in CHANNELS
    ]


def test_an_unknown_is_classified_once_somebody_has_settled_it() -> None:
    messages = [message("a", "sent", "look_up"), message("b", "unknown", "deadline"), message("c", "unknown")]
    assert unclassified(messages, {"a", "b", "c"}) == ["c"]


def test_the_promises_that_are_broken_have_names() -> None:
    kept = Verdict(**KEPT, unclassified=0, seed=1, most_unknown=5_000)
    assert kept.broken == []
    assert Verdict(**KEPT | {"late": 1}, unclassified=2, seed=1, most_unknown=9).broken == [
        "late",
        "unclassified",
        "unknown",
    ]
