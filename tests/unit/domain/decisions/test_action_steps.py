"""Steps that part ways by lot, wait for a moment, or do something besides writing to the customer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.decisions.effects import CallWebhook, DecisionKind, SetAttributes, StartJourney
from kaskad.domain.decisions.experiment import pick_path
from kaskad.domain.decisions.facts import WebhookCall
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import PathRef, ValueType
from kaskad.domain.journeys.step import (
    Assignment,
    LeaveStep,
    SetStep,
    SplitPath,
    SplitStep,
    StartStep,
    WaitStep,
    WebhookStep,
)
from kaskad.domain.journeys.wait_until import UntilClockTime, UntilRelativeTime
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Mode, Reason
from tests.support.engine.builders import (
    BERLIN,
    NOW,
    PROPERTY,
    decide,
    facts,
    hours,
    inside,
    person,
    said,
    send,
    span,
    version,
    wait,
)

DAY = timedelta(days=1)
AT = "customer.points.next_expiry.at"

# --- wait until -------------------------------------------------------------------------------------------------------


def until(step: UntilRelativeTime | UntilClockTime, now: datetime = NOW, **values: Any) -> Any:
    """What is decided of somebody who has come to that wait just now."""
    published = version(WaitStep(name="w", until=step), send())
    known = facts(person(zone=BERLIN), values={name.replace("__", "."): value for name, value in values.items()})
    return decide(published, inside("wait:w", step_since=now, entered_at=NOW - 2 * DAY), known, now)


def moment(side: str = "before", kind: ValueType = ValueType.TIME, **by: int) -> UntilRelativeTime:
    return UntilRelativeTime(by=Duration(**by) if by else span(days=7), side=side, path=AT, type=kind)


MOMENTS: list[tuple[UntilRelativeTime, Any, datetime | None]] = [
    (moment(), NOW + 9 * DAY, NOW + 2 * DAY),
    (moment("after"), NOW - 2 * DAY, NOW + 5 * DAY),
    (moment(), NOW + 7 * DAY, None),  # now
    (moment(), NOW - 9 * DAY, None),  # past: passed at once
    (moment("after", ValueType.DATE), date(2026, 6, 5), datetime(2026, 6, 11, 22, tzinfo=UTC)),  # midnight in Berlin
    (moment("before", days=1), datetime(2026, 10, 26, 9, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),
    (moment("before", days=1), datetime(2026, 10, 25, 9, tzinfo=UTC), datetime(2026, 10, 24, 8, tzinfo=UTC)),
]


@pytest.mark.parametrize(("step", "value", "then"), MOMENTS)
def test_until_a_moment(step: UntilRelativeTime, value: Any, then: datetime | None) -> None:
    decision = until(step, **{AT.replace(".", "__"): value})
    if then is None:
        assert decision.queue
        assert decision.enrollment.step_since == NOW
    else:
        assert decision.enrollment.due_at == min(then, NOW + DAY), "read again every day: it may have moved"
        assert decision.notes == ()


REFILL = UntilRelativeTime(by=PathRef(path="product.refill_days"), side="after", path="order.delivered_at")
FROZEN = UntilRelativeTime(by=span(days=14), side="after", path="order.delivered_at")


@pytest.mark.parametrize(
    ("days", "delivered", "reason"),
    [
        (None, NOW, Reason.UNKNOWN_VALUE),
        (Decimal(30), None, Reason.UNKNOWN_VALUE),
        (Decimal(-1), NOW, Reason.UNKNOWN_VALUE),
        (Decimal(10**9), NOW, Reason.UNKNOWN_VALUE),
        (Decimal(30), "soon", Reason.UNKNOWN_VALUE),
        (Decimal(30), datetime.max.replace(tzinfo=UTC), Reason.UNKNOWN_VALUE),
        (Decimal(30), NOW, None),
    ],
)
def test_what_is_not_known_holds(days: Any, delivered: Any, reason: Reason | None) -> None:
    decision = until(REFILL, product__refill_days=days, order__delivered_at=delivered)
    assert said(decision) == ([(DecisionKind.HELD, "wait:w", reason)] if reason else [])
    assert decision.enrollment.due_at == NOW + (hours(1) if reason else DAY)


def test_days_that_a_path_counts_are_of_24_hours() -> None:
    decision = until(REFILL, product__refill_days=Decimal("0.5"), order__delivered_at=NOW)
    assert decision.enrollment.due_at == NOW + hours(12)


def test_what_came_with_the_entry_is_read_once() -> None:
    assert until(FROZEN, order__delivered_at=NOW).enrollment.due_at == NOW + 14 * DAY


def test_until_the_clock_shows_it_counts_from_when_the_step_fell_due() -> None:
    noon = UntilClockTime(at=time(14))  # now, in Berlin
    assert until(noon).queue
    assert until(noon, NOW + timedelta(minutes=1)).enrollment.due_at == NOW + DAY
    saturday = UntilClockTime(at=time(11), weekday=5)
    assert until(saturday).enrollment.due_at == datetime(2026, 6, 13, 9, tzinfo=UTC)


# --- split ------------------------------------------------------------------------------------------------------------


def split(**shares: str) -> SplitStep:
    paths = [SplitPath(name=name, share=share, steps=(send(name),)) for name, share in shares.items()]
    return SplitStep(name="letter", paths=tuple(paths))


def test_each_takes_the_path_of_their_hash_and_it_is_noted() -> None:
    published = version(split(a="0.5", b="0.5"), wait(hours=1))
    taken: Counter[str] = Counter()
    for customer in range(400):
        known = facts(replace(person(), id=customer))
        decision = decide(published, inside("split:letter", customer=customer), known)
        note = decision.notes[0]
        assert (note.kind, note.step) == (DecisionKind.TOOK, "split:letter")
        assert decision.queue.message == note.detail["path"]
        taken[note.detail["path"]] += 1
    assert 160 < taken["a"] < 240


def test_the_paths_join_again() -> None:
    published = version(split(a="0.5", b="0.5"), wait(hours=1))
    after = published.program.nodes["split:letter"].next
    assert after is not None
    assert {published.program.nodes[f"send:{name}"].next for name in "ab"} == {after}
    assert list(published.program.nodes) == ["split:letter", "send:a", "send:b", after]


shares = st.lists(st.integers(0, 100), min_size=2, max_size=5).filter(sum)


@PROPERTY
@given(shares, st.integers(1, 2**62), st.randoms())
def test_a_path_is_kept_whatever_the_order(parts: list[int], customer: int, random: Any) -> None:
    named = {f"p{number}": Decimal(part) / sum(parts) for number, part in enumerate(parts)}
    last = max(named)
    named[last] += 1 - sum(named.values())
    turned = list(named.items())
    random.shuffle(turned)
    taken = pick_path("j", "s", customer, shares=named)
    assert named[taken] > 0
    assert pick_path("j", "s", customer, shares=dict(turned)) == taken


@PROPERTY
@given(st.integers(1, 2**62), st.decimals(0, "0.99", places=2))
def test_a_larger_share_keeps_those_of_the_smaller_one(customer: int, share: Decimal) -> None:
    if pick_path("j", "s", customer, shares={"a": share, "b": 1 - share}) == "a":
        assert pick_path("j", "s", customer, shares={"a": share + Decimal("0.01"), "b": Decimal("0.99") - share}) == "a"


def test_two_experiments_toss_twice() -> None:
    half = {"a": Decimal("0.5"), "b": Decimal("0.5")}
    both = sum(
        pick_path("j", "s", customer, shares=half) == pick_path("j", "t", customer, shares=half) == "a"
        for customer in range(4000)
    )
    assert 850 < both < 1150


# --- set, webhook, start, leave ---------------------------------------------------------------------------------------

GOLD = SetStep(
    name="gold",
    assignments=(
        Assignment(attribute="level", type=ValueType.TEXT, value="gold"),
        Assignment(attribute="spent", type=ValueType.MONEY, value=PathRef(path="customer.revenue")),
    ),
)


@pytest.mark.parametrize(("value", "written"), [(Decimal("10.50"), 10.5), (Decimal("10.00"), 10), (Decimal(0), 0)])
def test_what_is_set_is_seen_by_the_next_pass(value: Decimal, written: float) -> None:
    published = version(GOLD, send())
    decision = decide(published, inside("set:gold"), facts(values={"customer.revenue": value}))
    assert decision.effects == (SetAttributes("set:gold", {"level": "gold", "spent": written}),)
    assert (decision.enrollment.step, decision.enrollment.due_at) == ("send:hello", NOW)
    assert decision.queue is None


def test_a_value_that_is_not_known_is_waited_for() -> None:
    decision = decide(version(GOLD), inside("set:gold"))
    assert (decision.effects, said(decision)) == ((), [(DecisionKind.HELD, "set:gold", Reason.UNKNOWN_VALUE)])


TOLD = version(WebhookStep(webhook="erase"), wait(hours=1))


def test_a_call_is_asked_for_until_it_is_there() -> None:
    decision = decide(TOLD, inside("webhook:erase"))
    assert decision.effects == (CallWebhook("webhook:erase", "erase"),)
    assert decision.enrollment.step == "webhook:erase"
    waiting = facts(calls={"webhook:erase": WebhookCall(MessageStatus.QUEUED, False, NOW)})
    assert decide(TOLD, inside("webhook:erase"), waiting).effects == ()


SETTLED: list[tuple[MessageStatus, DecisionKind, Reason | None]] = [
    (MessageStatus.SENT, DecisionKind.CALLED, None),
    (MessageStatus.FAILED, DecisionKind.DROPPED, Reason.PROVIDER_REFUSED),
    (MessageStatus.UNKNOWN, DecisionKind.DROPPED, Reason.NO_ANSWER),
]


@pytest.mark.parametrize(("status", "kind", "reason"), SETTLED)
def test_it_goes_on_when_the_call_is_settled(status: MessageStatus, kind: DecisionKind, reason: Reason | None) -> None:
    known = facts(calls={"webhook:erase": WebhookCall(status, True, NOW - hours(0.5))})
    decision = decide(TOLD, inside("webhook:erase", step_since=NOW - hours(2)), known)
    assert said(decision) == [(kind, "webhook:erase", reason)]
    assert decision.enrollment.due_at == NOW + hours(0.5)


def test_another_journey_is_started_and_this_one_goes_on() -> None:
    decision = decide(version(StartStep(journey="other"), send()), inside("start:other"))
    assert decision.effects == (StartJourney("start:other", "other"),)
    assert decision.queue


def test_the_journey_ends_where_it_says() -> None:
    published = version(GOLD, LeaveStep(name="out", why="enough"), send())
    decision = decide(published, inside("leave:out"))
    assert (decision.enrollment.status, decision.reason) == (EnrollmentStatus.LEFT, Reason.LEFT_BY_STEP)
    assert decision.ended
    assert decision.notes[0].detail == {"why": "enough"}


@pytest.mark.parametrize("step", [GOLD, WebhookStep(webhook="erase")])
def test_a_test_changes_nothing(step: Any) -> None:
    published = version(step, wait(hours=1))
    first = published.program.first
    known = facts(values={"customer.revenue": Decimal(1)})
    decision = decide(published, inside(first, mode=Mode.TEST), known)
    assert (decision.effects, said(decision)) == ((), [(DecisionKind.SKIPPED, first, Reason.ONLY_A_TEST)])


def test_a_wait_after_them_counts_from_the_letter_before() -> None:
    published = version(send(), StartStep(journey="other"), wait(hours=24))
    enrollment = inside("start:other", first_sent_at=NOW - hours(3))
    assert decide(published, enrollment).enrollment.due_at == NOW + hours(21)
