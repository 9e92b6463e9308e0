"""`together`: who writes, when, for whom; worked out alike by every entry, in whatever order they are decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.engine import Decision
from kaskad.domain.decisions.facts import MergedMessage, MergeGroup, RelatedPurchase, SiblingEnrollment
from kaskad.domain.decisions.merge_window import find_merge_window
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.never_about import NeverAbout, Relation
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.outcome import Reason
from tests.support.engine.builders import (
    ASKED,
    NOW,
    PROPERTY,
    UTC_ZONE,
    decide,
    facts,
    hours,
    inside,
    project,
    said,
    send,
    span,
    version,
)

STEP = "send:hello"
DAYS = timedelta(days=3)
REFILL = version(send(together=span(days=3), relevant_for=span(days=1)), only_while=ASKED)


def sibling(id_: int, ago: float, holds: bool | None = True, left: bool = False) -> SiblingEnrollment:
    """Another entry, whose step fell due so many hours ago."""
    return SiblingEnrollment(id_, NOW - hours(ago), {"only_while": holds}, left)


def letter(by: int, *others: int, went: bool = True) -> MergedMessage:
    return MergedMessage(by, frozenset({by, *others}), went, NOW - hours(1))


def asked(ago: float, *mates: SiblingEnrollment, letters: tuple[MergedMessage, ...] = (), **known: Any) -> Decision:
    """What is decided of entry 1, whose step fell due so many hours ago."""
    company = {STEP: MergeGroup(mates, letters)}
    known = {"truths": {"only_while": True}, **known}
    return decide(REFILL, inside(STEP, id=1, step_since=NOW - hours(ago)), facts(company=company, **known))


def test_who_has_just_arrived_is_asked_about_at_once() -> None:
    decision = decide(REFILL, inside(STEP), facts())
    assert (decision.enrollment.due_at, decision.queue) == (NOW, None)


def test_the_first_opens_the_window_and_writes_at_its_end() -> None:
    assert asked(10, sibling(2, 5)).enrollment.due_at == NOW + hours(62)
    decision = asked(72, sibling(2, 5), sibling(3, 70))
    assert decision.queue.together == (2, 3)
    assert decision.queue.expires_at == NOW + hours(24), "relevant from the end of the window on"


def test_alone_it_waits_as_long() -> None:
    assert asked(71).enrollment.due_at == NOW + hours(1)
    assert asked(72).queue.together == ()


def test_the_others_wait_for_the_first() -> None:
    decision = asked(5, sibling(2, 10))
    assert (decision.queue, decision.enrollment.due_at) == (None, NOW + hours(62))
    decision = asked(5, sibling(2, 80))
    assert decision.enrollment.due_at == NOW + hours(67), "too late for that one: a window of its own"


def test_of_two_at_one_instant_the_first_entry_writes() -> None:
    assert asked(72, sibling(2, 72)).queue
    assert asked(72, sibling(0, 72)).queue is None


NOT_MERGED = [sibling(2, 70, holds=False), sibling(2, 70, holds=None), sibling(2, 70, left=True), sibling(2, -1)]


@pytest.mark.parametrize("other", NOT_MERGED)
def test_only_those_who_may_be_written_to_are_merged(other: SiblingEnrollment) -> None:
    assert asked(72, other).queue.together == ()


def test_one_that_may_not_be_written_to_keeps_nobody_waiting() -> None:
    assert asked(72, sibling(2, 100, holds=False)).queue.together == ()


def test_whoever_was_written_to_goes_on_once_the_writer_has() -> None:
    decision = asked(70, sibling(2, 100), letters=(letter(2, 1),))
    assert (decision.queue, decision.notes) == (None, ())
    decision = asked(70, letters=(letter(2, 1),))
    assert said(decision)[0] == (DecisionKind.MERGED, STEP, Reason.TOGETHER)
    assert decision.ended


def test_whoever_was_left_out_writes_later() -> None:
    """The message went before this entry came: it opens a window, and the one who wrote is not in it."""
    decision = asked(5, sibling(2, 80), sibling(3, 70), letters=(letter(2, 3),))
    assert decision.enrollment.due_at == NOW + hours(67)
    assert asked(72, sibling(2, 80), sibling(3, 70), letters=(letter(2, 3),)).queue.together == ()


def test_a_message_that_has_not_gone_takes_along_who_is_in_time() -> None:
    decision = asked(90, sibling(2, 80), letters=(letter(2, went=False),))
    assert decision.queue is None, "the other one has begun, though this entry was first"


def test_the_next_rung_is_for_the_same_ones() -> None:
    company = MergeGroup((sibling(2, 70), sibling(3, 71)), (letter(1, 2),))
    node = REFILL.program.nodes[STEP]
    window = find_merge_window(
        node, span(days=3), inside(STEP, id=1, step_since=NOW - hours(80)), company=company, zone=UTC_ZONE
    )
    assert (window.first, window.others) == (1, (2,))


BOUGHT = RelatedPurchase("pepperoni", NOW - hours(3), "store")
LIKE = replace(BOUGHT, about="diavola", relation=Relation.SIMILAR)
MERGED = [
    (BOUGHT, Purpose.MARKETING, ()),
    (LIKE, Purpose.MARKETING, ()),
    (BOUGHT, Purpose.REQUESTED, ()),
    (LIKE, Purpose.REQUESTED, (2,)),
    (replace(BOUGHT, at=NOW - timedelta(days=31)), Purpose.MARKETING, (2,)),
]


@pytest.mark.parametrize(("purchase", "purpose", "others"), MERGED)
def test_an_entry_about_what_was_bought_is_not_merged(
    purchase: RelatedPurchase, purpose: Purpose, others: tuple[int, ...]
) -> None:
    month = Duration(days=30)
    shop = project().model_copy(update={"policy": Policy(never_about=NeverAbout(same=month, similar=month))})
    mate = replace(sibling(2, 71), purpose=purpose, bought=(purchase,))
    known = facts(company={STEP: MergeGroup((mate,))}, truths={"only_while": True})
    decision = decide(REFILL, inside(STEP, id=1, step_since=NOW - hours(72)), known, shop=shop)
    assert decision.queue is not None
    assert decision.queue.together == others


entries = st.lists(st.integers(0, 300), min_size=1, max_size=8)


@PROPERTY
@given(entries, st.data())
def test_all_of_them_see_the_same_windows(agos: list[int], data: st.DataObject) -> None:
    """Each entry is in one window, whoever works it out; its first one is the earliest, and nobody in it came later."""
    left = {number for number in range(len(agos)) if data.draw(st.booleans()) and len(agos) > 1}
    here = {number: NOW - hours(ago) for number, ago in enumerate(agos) if number not in left}
    node = REFILL.program.nodes[STEP]
    seen = {}
    for number, since in here.items():
        others = tuple(sibling(other, agos[other], left=other in left) for other in range(len(agos)) if other != number)
        seen[number] = find_merge_window(
            node, span(days=3), inside(STEP, id=number, step_since=since), company=MergeGroup(others), zone=UTC_ZONE
        )
    for number, window in seen.items():
        members = {window.first, *window.others}
        assert number in members
        assert all(seen[member] == window for member in members)
        assert window.ends == here[window.first] + DAYS
        assert window.first == min(members, key=lambda member: (here[member], member))
        assert all(here[member] <= window.ends for member in members)
