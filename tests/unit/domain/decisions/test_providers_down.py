"""Channels of which no provider answers: passed over while another is up, waited for where none is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.send_step import PROVIDER_DOWN_RETRY
from kaskad.domain.outcome import Mode, Reason
from tests.support.engine.builders import (
    BOUGHT,
    NOW,
    attempt,
    cascade,
    channel_step,
    decide,
    facts,
    hours,
    inside,
    person,
    project,
    said,
    send,
    span,
    version,
    window,
)

STEP = "send:hello"
THREE = version(
    cascade=cascade(channel_step("push", "opened", 2), channel_step("email", "opened", 24), channel_step("sms"))
)
WAITS = "waits"

# what is down, what was tried → the channel that is queued, WAITS for one that is down, or None for anything else
CASES: dict[str, tuple[set[str], tuple[Any, ...], str | None]] = {
    "nothing is down": (set(), (), "push"),
    "the first is down": ({"push"}, (), "email"),
    "the first two are": ({"push", "email"}, (), "sms"),
    "all are": ({"push", "email", "sms"}, (), WAITS),
    "a channel that is not in the cascade": ({"viber"}, (), "push"),
    "it was held for being down": ({"push"}, (attempt("push", "held"),), "email"),
    "held, and up again": (set(), (attempt("push", "held"),), "push"),
    "the first failed, the second is down": ({"email"}, (attempt("push", "failed"),), "sms"),
    "the first failed, the others are down": ({"email", "sms"}, (attempt("push", "failed"),), WAITS),
    "silence still has its time": ({"email", "sms"}, (attempt("push", ago=1),), None),
    "silent for long enough, the next is down": ({"email"}, (attempt("push", ago=2),), "sms"),
    "what went through one that is down now may still be opened": ({"push"}, (attempt("push", ago=1),), None),
    "reached, whatever is down": ({"email"}, (attempt("push", ago=1, opened_at=NOW),), None),
    "queued already: deliver hands it back": ({"push"}, (attempt("push", "queued"),), None),
    "an unknown goes nowhere else": ({"push"}, (attempt("push", "unknown", ago=1),), None),
    "back to the first, once the others failed": (
        set(),
        (attempt("push", "held"), attempt("email", "failed"), attempt("sms", "failed")),
        "push",
    ),
    "the others failed, and the first is still down": (
        {"push"},
        (attempt("push", "held"), attempt("email", "failed"), attempt("sms", "failed")),
        WAITS,
    ),
    "every one failed: nothing is waited for": (
        {"push", "sms"},
        (attempt("push", "failed"), attempt("email", "failed"), attempt("sms", "failed")),
        None,
    ),
}


@pytest.mark.parametrize(("down", "attempts", "expected"), CASES.values(), ids=CASES)
def test_who_takes_it(down: set[str], attempts: tuple[Any, ...], expected: str | None) -> None:
    decision = decide(THREE, inside(), facts(attempts=attempts, down=frozenset(map(Channel, down))))
    waits = (DecisionKind.HELD, STEP, Reason.PROVIDER_DOWN) in said(decision)
    assert (WAITS if waits else decision.queue and decision.queue.channel.value) == expected
    assert decision.enrollment.due_at == NOW + PROVIDER_DOWN_RETRY or not waits


ALL_DOWN = frozenset(Channel)


def test_an_unreachable_channel_is_not_waited_for() -> None:
    decision = decide(THREE, inside(), facts(person("viber"), down=ALL_DOWN))
    assert said(decision)[0] == (DecisionKind.DROPPED, STEP, Reason.NO_CONTACT)


@pytest.mark.parametrize(("left", "kept"), [(2, True), (1, False)])
def test_it_waits_as_long_as_the_message_is_relevant(left: int, kept: bool) -> None:
    published = version(send(relevant_for=span(hours=1)))
    since = NOW - hours(1) + timedelta(minutes=left)
    decision = decide(published, inside(step_since=since), facts(down=ALL_DOWN))
    kind = DecisionKind.HELD if kept else DecisionKind.DROPPED
    assert said(decision)[0] == (kind, STEP, Reason.PROVIDER_DOWN)


def test_quiet_hours_are_the_better_reason() -> None:
    decision = decide(version(), inside(), facts(down=ALL_DOWN), shop=project(quiet=window("11:00", "14:00")))
    assert said(decision) == [(DecisionKind.HELD, STEP, Reason.QUIET_HOURS)]
    assert decision.enrollment.due_at == NOW + hours(2)


def test_what_holds_no_more_is_not_waited_for() -> None:
    published = version(only_while=BOUGHT)
    decision = decide(published, inside(), facts(truths={"only_while": False}, down=ALL_DOWN))
    assert said(decision)[0] == (DecisionKind.DROPPED, STEP, Reason.STATE_CHANGED)


def test_a_test_waits_as_well() -> None:
    decision = decide(version(cascade=cascade(channel_step("email"))), inside(mode=Mode.TEST), facts(down=ALL_DOWN))
    assert said(decision) == [(DecisionKind.HELD, STEP, Reason.PROVIDER_DOWN)]
