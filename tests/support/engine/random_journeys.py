"""Small journeys, people and moments, put together at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.facts import Consent, CustomerFacts, Enrollment, ExitEvent, Facts, Touch
from kaskad.domain.journeys.condition import EventMatch
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Purpose, SendWindow
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.program import Node
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import Branch, CallStep, ChooseStep, SendStep, Step, WaitForStep, WaitStep
from kaskad.domain.journeys.version import Version
from kaskad.domain.journeys.wait_until import UntilRelativeTime
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Reason
from tests.support.engine.builders import (
    ASKED,
    attempt,
    candidate,
    cascade,
    channel_step,
    project,
    span,
    version,
    window,
)

CHANNELS = ("push", "email", "sms")
ZONES = [ZoneInfo(key) for key in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")]
LADDERS = [
    cascade(channel_step("push", "opened", 2), channel_step("email", "opened", 24), channel_step("sms")),
    cascade(channel_step("email", "delivered", 1), channel_step("push"), order="cheapest"),
    cascade(channel_step("sms")),
]
lengths = st.sampled_from([span(hours=1), span(hours=6), span(days=1), span(days=3)])
mostly = st.sampled_from([True, True, True, False])
truths = st.sampled_from([True, True, True, False, None])
# Around the night in which Berlin's clocks go forward, to the minute.
moments = st.integers(0, 10 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 25, tzinfo=UTC) + timedelta(minutes=minutes)
)


@st.composite
def steps(draw: st.DrawFn, names: Iterator[int], depth: int = 2) -> tuple[Step, ...]:
    """A few steps; no two have the same name."""
    kinds = [
        "send",
        "send",
        "send",
        "call",
        "wait",
        "until",
        *(["for_event", "for_message", "choose"] if depth else []),
    ]
    return tuple(_step(draw, draw(st.sampled_from(kinds)), names, depth) for _ in range(draw(st.integers(1, 3))))


def _step(draw: st.DrawFn, kind: str, names: Iterator[int], depth: int) -> Step:
    name = f"n{next(names)}"
    asked: dict[str, Any] = {"if": draw(st.sampled_from([(), ASKED]))}
    if kind == "send":
        relevant = draw(st.none() | lengths)
        return SendStep(message=name, cascade=draw(st.sampled_from(LADDERS)), relevant_for=relevant, **asked)
    if kind == "call":
        return CallStep(team="retention", script=name, within=draw(lengths), **asked)
    if kind == "wait":
        return WaitStep(name=name, for_=draw(lengths))
    if kind == "until":
        return WaitStep(name=name, until=UntilRelativeTime(by=draw(lengths), side="after", path="enter"))
    then, otherwise = draw(steps(names, depth - 1)), draw(st.just(()) | steps(names, depth - 1))
    if kind == "choose":
        return ChooseStep(name=name, branches=(Branch(if_=ASKED, then=then),), else_=otherwise)
    up_to = draw(lengths)
    if kind == "for_event":
        return WaitForStep(name=name, event=EventMatch(when="order_paid"), up_to=up_to, then=then, else_=otherwise)
    message = {"message": "any", "was": "opened"}
    return WaitForStep(name=name, message=message, up_to=up_to, then=then, else_=otherwise)


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """A journey with or without conditions, a window, a quiet time."""
    asked = st.sampled_from([(), ASKED])
    enter = EventTrigger(
        when="cart_updated",
        where=draw(asked),
        quiet_for=draw(st.sampled_from([span(), span(hours=1)])),
        again_after=draw(st.sampled_from(["always", "never"])),
        **{"if": draw(asked)},
    )
    open_ = draw(st.sampled_from([None, ("10:00", "20:00", "wait"), ("10:00", "20:00", "skip")]))
    hours = SendWindow(**{**window(*open_[:2]).model_dump(), "outside": open_[2]}) if open_ else None
    written = draw(steps(count()))
    return version(*written, enter=enter, only_while=draw(asked), send_window=hours, topic="carts")


@st.composite
def people(draw: st.DrawFn) -> CustomerFacts:
    """Somebody with some addresses, some consents, some messages of the last days."""
    states = st.sampled_from(["active", "active", "active", "active", "dead", "suppressed", None])
    contacts = draw(st.fixed_dictionaries(dict.fromkeys((*map(Channel, CHANNELS), Channel.CALL), states)))
    first = Consent(None, None, draw(mostly), datetime(2026, 3, 1, tzinfo=UTC))
    said = st.builds(
        Consent,
        st.sampled_from([None, None, Channel.EMAIL]),
        st.sampled_from([None, None, "carts"]),
        mostly,
        st.integers(1, 5).map(lambda days: datetime(2026, 3, days, tzinfo=UTC)),
    )
    paused = said.map(lambda word: replace(word, granted=False, is_pause=True))
    touched = st.builds(Touch, st.dates(date(2026, 3, 20), date(2026, 4, 4)), st.just("carts"), st.just("shop"))
    return CustomerFacts(
        id=7,
        zone=draw(st.sampled_from(ZONES)),
        locale="en",
        contacts={channel: state for channel, state in contacts.items() if state},
        consents=(first, *draw(st.lists(said | said | said | paused, max_size=2))),
        touches=tuple(draw(st.lists(touched, max_size=3))),
    )


shops = st.sampled_from([(), (Cap(at_most=2, per="day"),), (Cap(at_most=1, per="week", over="skip"),)]).map(
    lambda caps: project(*caps, quiet=window("21:00", "09:00"))
)


@st.composite
def enrollments(draw: st.DrawFn, published: Version, now: datetime) -> Enrollment:
    """At the door, or at any step since some hours."""
    entered = now - timedelta(hours=draw(st.integers(0, 96)))
    purpose = draw(st.sampled_from([Purpose.MARKETING, *Purpose]))
    enrollment = candidate(entered_at=entered, last_trigger_at=entered, due_at=now, purpose=purpose)
    if not draw(mostly):
        return replace(enrollment, direct=draw(st.booleans()))
    since = now - (now - entered) * draw(st.sampled_from([0.0, 0.1, 0.5]))
    nodes = published.program.nodes
    sends = [id_ for id_, node in nodes.items() if isinstance(node.step, SendStep)]
    step = draw(st.sampled_from([*sends, *sends, *nodes]))
    return replace(enrollment, status=EnrollmentStatus.ACTIVE, step=step, step_since=since)


@st.composite
def knowledge(draw: st.DrawFn, published: Version, now: datetime) -> Facts:
    """Answers to everything that the journey may ask, and what was tried so far."""
    asked = published.program
    tried = {node.id: draw(_attempts(node, now)) for node in asked.nodes.values() if not draw(mostly)}
    happened = st.none() | st.integers(0, 50).map(lambda hours: now - timedelta(hours=hours))
    return Facts(
        person=draw(people()),
        truths={name: draw(truths) for name in asked.conditions},
        exit=draw(st.sampled_from([*[None] * 7, ExitEvent("order_completed", now)])),
        happened={id_: draw(happened) for id_ in asked.waits if draw(st.booleans())},
        attempts={id_: attempts for id_, attempts in tried.items() if attempts},
    )


@st.composite
def _attempts(draw: st.DrawFn, node: Node, now: datetime) -> tuple[Any, ...]:
    if not isinstance(node.step, SendStep):
        return ()
    some = st.builds(
        attempt,
        st.sampled_from(CHANNELS),
        st.sampled_from(list(MessageStatus)),
        opened_at=st.sampled_from([None, now]),
        stopped=st.sampled_from([*[None] * 7, Reason.COMPLAINED, Reason.UNSUBSCRIBED]),
    )
    tried = draw(st.lists(some, max_size=2, unique_by=lambda tried_attempt: tried_attempt.channel))
    return tuple(replace(tried_attempt, at=now - timedelta(hours=draw(st.integers(0, 30)))) for tried_attempt in tried)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Version, Enrollment, Facts, datetime, Project]:
    """Everything that the engine is asked with."""
    published, now = draw(versions()), draw(moments)
    return published, draw(enrollments(published, now)), draw(knowledge(published, now)), now, draw(shops)
