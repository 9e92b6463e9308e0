"""Leaving, which holds at every step, and the end."""

from __future__ import annotations

import pytest

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.journeys.step import Branch
from kaskad.domain.outcome import EnrollmentStatus, Reason
from tests.support.engine.builders import (
    ASKED,
    LEFT,
    NOW,
    choose,
    decide,
    facts,
    hours,
    inside,
    person,
    said,
    send,
    version,
    wait,
    wait_for,
)

DEAR = Branch(if_=ASKED, then=(send("discount"),))
EVERYWHERE = version(send(), wait(hours=1), wait_for("order_paid"), choose(DEAR), send("last"))


@pytest.mark.parametrize("step", list(EVERYWHERE.program.nodes))
def test_an_exit_ends_it_at_every_step(step: str) -> None:
    decision = decide(EVERYWHERE, inside(step), facts(exit=LEFT, truths={"choose:way.0": True}))
    assert (decision.enrollment.status, decision.reason, decision.exit) == (EnrollmentStatus.LEFT, Reason.LEFT, LEFT)
    assert (decision.queue, decision.abandoned_steps) == (None, (step,))
    assert said(decision) == [(DecisionKind.LEFT, step, Reason.LEFT)]
    assert decision.notes[0].detail == {"event": "order_completed", "at": LEFT.occurred_at.isoformat()}


def test_after_the_last_step_it_is_done() -> None:
    published = version(wait(hours=1))
    decision = decide(published, inside(published.program.first, step_since=NOW - hours(1)))
    assert (decision.enrollment.status, decision.enrollment.step) == (EnrollmentStatus.DONE, None)
    assert (decision.reason, decision.ended) == (Reason.FINISHED, True)
    assert said(decision) == [(DecisionKind.DONE, None, None)]


def test_one_pass_goes_as_far_as_it_can() -> None:
    published = version(choose(Branch(if_=ASKED, then=(send("no_way"), wait(hours=2)))), wait(hours=1), send())
    known = facts(person("sms"), truths={"choose:way.0": True})
    decision = decide(published, inside(published.program.first, step_since=NOW - hours(3)), known)
    assert said(decision) == [(DecisionKind.DROPPED, "send:no_way", Reason.NO_CONTACT)]
    assert decision.abandoned_steps == ("send:no_way",)
    assert decision.enrollment.due_at == NOW + hours(2)
