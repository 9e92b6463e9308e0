"""The last look before a send: each reason why a message does not go after all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.facts import Facts
from kaskad.domain.decisions.send_check import EmergencyStops, PendingSend, send_blocker
from kaskad.domain.journeys.journey import Purpose, SendWindow
from kaskad.domain.journeys.program import ONLY_WHILE
from kaskad.domain.journeys.project import Source
from kaskad.domain.journeys.version import TemplateRef
from kaskad.domain.outcome import EnrollmentStatus, Mode, Reason
from tests.support.engine.builders import (
    ASKED,
    LEFT,
    NOW,
    attempt,
    consent,
    decide,
    facts,
    hours,
    inside,
    person,
    project,
    span,
    version,
    window,
)

SHOP = project(
    quiet=window("21:00", "09:00"),
    sources={"store": Source(name="store", open=window("09:00", "22:00"), title="Tills")},
)
PUBLISHED = version(
    topic="carts",
    only_while=ASKED,
    fresh_data={"store": span(minutes=30)},
    send_window=SendWindow(**window("10:00", "20:00").model_dump()),
)
CLAIMED = PendingSend(
    step="send:hello",
    channel=Channel.PUSH,
    topic="carts",
    purpose=Purpose.MARKETING,
    sender="shop",
    message="hello",
    counts_on=date(2026, 6, 10),
    expires_at=NOW + hours(1),
)
LASTING = replace(CLAIMED, expires_at=NOW + hours(99))
GOOD = facts(truths={ONLY_WHILE: True}, last_heard={"store": NOW})


def known(**other: Any) -> Facts:
    return replace(GOOD, **other)


def knowing(**other: Any) -> Facts:
    return known(person=person(**other))


COMPLAINED_OF = {"send:hello": (attempt("email", ago=3, stopped=Reason.COMPLAINED), attempt("push", "claimed"))}
UNSUBSCRIBED_BY = {"send:hello": (attempt("push", "claimed", stopped=Reason.UNSUBSCRIBED),)}
OTHER_STEP = {"send:earlier": (attempt("email", ago=3, stopped=Reason.COMPLAINED),)}
LEFT_TOPIC = (consent(), consent("carts", granted=False, ago=1))
ROWS: dict[str, tuple[dict[str, Any], Reason | None]] = {
    "it goes": ({}, None),
    "the enrollment left": ({"enrollment": inside(status=EnrollmentStatus.LEFT)}, Reason.SUPERSEDED),
    "the enrollment is a step further": ({"enrollment": inside("send:later")}, Reason.SUPERSEDED),
    "bought": ({"facts": known(exit=LEFT)}, Reason.LEFT),
    "expired": ({"message": replace(CLAIMED, expires_at=NOW)}, Reason.EXPIRED),
    "no address any more": ({"facts": knowing(contacts={Channel.EMAIL: "active"})}, Reason.NO_CONTACT),
    "the address died": ({"facts": knowing(contacts={Channel.PUSH: "dead"})}, Reason.ADDRESS_DEAD),
    "the address was closed": ({"facts": knowing(contacts={Channel.PUSH: "suppressed"})}, Reason.SUPPRESSED),
    "a complaint about another rung": ({"facts": known(attempts=COMPLAINED_OF)}, Reason.COMPLAINED),
    "unsubscribed by this one": ({"facts": known(attempts=UNSUBSCRIBED_BY)}, Reason.UNSUBSCRIBED),
    "a complaint about another step": ({"facts": known(attempts=OTHER_STEP)}, None),
    "withdrawn": ({"facts": knowing(consents=(consent(granted=False),))}, Reason.NO_CONSENT),
    "the topic left": ({"facts": knowing(consents=LEFT_TOPIC)}, Reason.TOPIC_OPTED_OUT),
    "sold out": ({"facts": known(truths={ONLY_WHILE: False})}, Reason.STATE_CHANGED),
    "nobody knows whether sold out": ({"facts": known(truths={ONLY_WHILE: None})}, Reason.UNKNOWN_VALUE),
    "the window closed": ({"now": NOW.replace(hour=20), "message": LASTING}, Reason.SEND_WINDOW),
    "the night began": ({"now": NOW.replace(hour=8), "version": version(topic="carts")}, Reason.QUIET_HOURS),
    "decided for another day": ({"message": replace(CLAIMED, counts_on=date(2026, 6, 9))}, Reason.OTHER_DAY),
    "the tills fell silent": ({"facts": known(last_heard={"store": NOW - hours(1)})}, Reason.STALE_SOURCE),
    "the tills were never heard": ({"facts": known(last_heard={})}, Reason.STALE_SOURCE),
}


def looked(row: dict[str, Any]) -> Reason | None:
    """The answer where everything is right but for what the row says."""
    right = {"version": PUBLISHED, "enrollment": inside(), "facts": GOOD, "message": CLAIMED, "now": NOW}
    return send_blocker(**(right | row), project=SHOP)


@pytest.mark.parametrize(("row", "expected"), ROWS.values(), ids=ROWS)
def test_why_not(row: dict[str, Any], expected: Reason | None) -> None:
    assert looked(row) is expected


def test_without_its_template_it_does_not_go() -> None:
    only_email = version(templates={"hello": TemplateRef(hash="0", channels=(Channel.EMAIL,))})
    assert looked({"version": only_email}) is Reason.NO_TEMPLATE


NIGHT = {"now": NOW.replace(hour=23), "message": LASTING}
TRANSACTIONAL = replace(CLAIMED, purpose=Purpose.TRANSACTIONAL, topic=None)
REQUESTED = replace(CLAIMED, purpose=Purpose.REQUESTED)
YESTERDAY = date(2026, 6, 9)


def test_purposes_ask_what_their_table_says() -> None:
    nobody_consented = known(person=person(consents=()))
    for message in (TRANSACTIONAL, REQUESTED):
        assert looked({"message": message, "facts": nobody_consented}) is None
        assert looked({"message": replace(message, counts_on=YESTERDAY)}) is None
        assert looked({"message": message, "facts": known(exit=LEFT)}) is Reason.LEFT
        assert looked({"message": message, "facts": knowing(contacts={})}) is Reason.NO_CONTACT
    late = {"now": NOW.replace(hour=20, minute=30), "facts": known(last_heard={"store": NOW.replace(hour=20)})}
    assert looked({**late, "message": replace(REQUESTED, expires_at=NOW + hours(99))}) is Reason.SEND_WINDOW
    assert looked({**late, "message": replace(TRANSACTIONAL, expires_at=NOW + hours(99))}) is None


def test_a_test_run_asks_only_whether_it_still_stands() -> None:
    nothing_right = knowing(contacts={}, consents=())
    assert looked({**NIGHT, "enrollment": inside(mode=Mode.TEST), "facts": nothing_right}) is None
    assert looked({**NIGHT, "enrollment": inside(mode=Mode.TEST), "facts": known(exit=LEFT)}) is Reason.LEFT


def test_what_was_decided_a_moment_ago_still_stands() -> None:
    """The look agrees with the decision: what advance queues, the look lets go at the same instant."""
    decision = decide(PUBLISHED, inside(), GOOD, shop=SHOP)
    queued = decision.queue
    assert queued
    claimed = PendingSend(
        queued.step,
        queued.channel,
        queued.topic,
        queued.purpose,
        queued.sender,
        queued.message,
        queued.counts_on,
        queued.expires_at,
    )
    assert send_blocker(PUBLISHED, decision.enrollment, GOOD, message=claimed, now=NOW, project=SHOP) is None


STOPS: list[tuple[set[tuple[str, str]], bool]] = [
    (set(), False),
    ({("all", "")}, True),
    ({("journey", "carts")}, True),
    ({("journey", "other")}, False),
    ({("channel", "sms")}, True),
    ({("channel", "email")}, False),
    ({("sender", "shop")}, True),
    ({("sender", "carts")}, False),  # a name counts in its own scope alone
    ({("provider", "smsc")}, True),
    ({("provider", "twilio"), ("journey", "other"), ("channel", "sms")}, True),
]


@pytest.mark.parametrize(("scopes", "covered"), STOPS)
def test_the_emergency_stop(scopes: set[tuple[str, str]], covered: bool) -> None:
    assert EmergencyStops(frozenset(scopes)).covers("carts", "sms", "shop", provider="smsc") is covered


ORDER = [
    ("enrollment", inside("send:later"), Reason.SUPERSEDED),
    ("facts", known(exit=LEFT), Reason.LEFT),
    ("message", replace(CLAIMED, expires_at=NOW), Reason.EXPIRED),
]


@pytest.mark.parametrize(("first", "second"), list(pairwise(ORDER)))
def test_what_ends_it_is_told_first(first: Any, second: Any) -> None:
    assert looked({first[0]: first[1], second[0]: second[1]}) is first[2]


def test_times_are_those_of_the_customer() -> None:
    """It is the ninth in UTC, and the tenth where the customer lives: the day on which the message counts."""
    auckland = replace(GOOD, person=person(zone=ZoneInfo("Pacific/Auckland")))
    evening = NOW.replace(day=9, hour=23)  # eleven in the morning of the tenth
    assert send_blocker(PUBLISHED, inside(), auckland, message=CLAIMED, now=evening, project=SHOP) is None
