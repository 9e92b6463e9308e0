"""The cascade's next move: a table of what was tried, and what comes next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import (
    DEFAULT_DEADLINE,
    Attempt,
    CascadeDone,
    SendNow,
    WaitForReply,
    follow_up_delay,
    next_cascade_action,
)
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import MessageState
from kaskad.domain.outcome import MessageStatus, Reason
from tests.support.engine.builders import NOW, PROPERTY, UTC_ZONE, attempt, cascade, channel_step, hours

ALL = frozenset(Channel)
THREE = cascade(channel_step("push", "opened", 2), channel_step("email", "opened", 24), channel_step("sms"))
COSTS = {Channel.SMS: 20, Channel.EMAIL: 1, Channel.PUSH: 0}
DEADLINES = {Channel.SMS: hours(6)}
REACHED, EXHAUSTED = CascadeDone(Reason.REACHED), CascadeDone(Reason.EXHAUSTED)
COMPLAINED, UNSUBSCRIBED = Reason.COMPLAINED, Reason.UNSUBSCRIBED


def move(ladder: Cascade, *attempts: Attempt, reachable: Any = ALL, now: datetime = NOW) -> Any:
    """The next move, with a rung that is to be tried by the name of its channel."""
    found = next_cascade_action(
        ladder, frozenset(map(Channel, reachable)), attempts, now=now, zone=UTC_ZONE, costs=COSTS, deadlines=DEADLINES
    )
    return found.channel_step.channel.value if isinstance(found, SendNow) else found


def in_hours(count: float) -> WaitForReply:
    return WaitForReply(NOW + hours(count))


ROWS: dict[str, tuple[tuple[Attempt, ...], Any]] = {
    "nothing tried yet: the first": ((), "push"),
    "silent, but not for long enough": ((attempt("push", ago=1.5),), in_hours(0.5)),
    "delivered is silence where an open is asked for": ((attempt("push", ago=1, delivered_at=NOW),), in_hours(1)),
    "silent until fallback_after, to the instant": ((attempt("push", ago=2),), "email"),
    "the first opened": ((attempt("push", ago=1, opened_at=NOW),), REACHED),
    "a click proves an open": ((attempt("push", ago=1, clicked_at=NOW),), REACHED),
    "failed falls through at once": ((attempt("push", "failed"),), "email"),
    "dropped falls through at once": ((attempt("push", "dropped"),), "email"),
    "an open of what bounced afterwards is none": ((attempt("push", "failed", opened_at=NOW),), "email"),
    "the second is silent now": ((attempt("push", ago=3), attempt("email", ago=1)), in_hours(23)),
    "late success on an earlier rung": ((attempt("push", ago=3, opened_at=NOW), attempt("email", ago=1)), REACHED),
    "late success while the next is still queued": (
        (attempt("push", ago=3, opened_at=NOW), attempt("email", "queued")),
        REACHED,
    ),
    "the second failed, the first's silence is long over": (
        (attempt("push", ago=3), attempt("email", "failed", ago=1)),
        "sms",
    ),
    "both silent for long enough": ((attempt("push", ago=30), attempt("email", ago=24)), "sms"),
    "queued is waited for": ((attempt("push", "queued", ago=9),), WaitForReply(None)),
    "claimed is waited for": ((attempt("push", "claimed", ago=9),), WaitForReply(None)),
    "being sent is waited for": ((attempt("push", "sending", ago=9),), WaitForReply(None)),
    "held is tried again": ((attempt("push", "held", ago=9),), "push"),
    "held on the second is tried again there": ((attempt("push", ago=9), attempt("email", "held", ago=1)), "email"),
    "unknown waits like silence": ((attempt("push", "unknown", ago=1),), in_hours(1)),
    "unknown, silent for long enough": ((attempt("push", "unknown", ago=2),), "email"),
    "unknown, but opened after all": ((attempt("push", "unknown", ago=1, opened_at=NOW),), REACHED),
    "unknown on a rung without a fallback: until the channel's deadline": (
        (attempt("push", "failed"), attempt("email", "failed"), attempt("sms", "unknown", ago=1)),
        in_hours(5),
    ),
    "unknown until the deadline: nothing is left": (
        (attempt("push", "failed"), attempt("email", "failed"), attempt("sms", "unknown", ago=6)),
        EXHAUSTED,
    ),
    "a complaint: no other channel": ((attempt("push", ago=9, stopped=COMPLAINED),), CascadeDone(COMPLAINED)),
    "unsubscribed: no other channel": ((attempt("push", ago=9, stopped=UNSUBSCRIBED),), CascadeDone(UNSUBSCRIBED)),
    "a complaint about what failed": ((attempt("push", "failed", stopped=COMPLAINED),), CascadeDone(COMPLAINED)),
    "a complaint about what was opened": (
        (attempt("push", opened_at=NOW, stopped=COMPLAINED),),
        CascadeDone(COMPLAINED),
    ),
    "a complaint while the next is still queued": (
        (attempt("push", ago=3, stopped=COMPLAINED), attempt("email", "queued")),
        CascadeDone(COMPLAINED),
    ),
    "a complaint about the second while the first is in doubt": (
        (attempt("push", "unknown", ago=3, open=True), attempt("email", ago=1, stopped=COMPLAINED)),
        CascadeDone(COMPLAINED),
    ),
    "both: the complaint is what is told": (
        (attempt("push", ago=9, stopped=UNSUBSCRIBED), attempt("email", ago=1, stopped=COMPLAINED)),
        CascadeDone(COMPLAINED),
    ),
    "the last one went": ((attempt("push", "failed"), attempt("email", "failed"), attempt("sms")), REACHED),
    "every one failed": ((attempt("push", "failed"), attempt("email", "failed"), attempt("sms", "failed")), EXHAUSTED),
}


@pytest.mark.parametrize(("attempts", "expected"), ROWS.values(), ids=ROWS)
def test_what_comes_next(attempts: tuple[Attempt, ...], expected: Any) -> None:
    assert move(THREE, *attempts) == expected


PASSED_OVER: list[tuple[set[str], tuple[Attempt, ...], Any]] = [
    ({"push", "email", "sms"}, (), "push"),
    ({"email", "sms"}, (), "email"),
    ({"sms"}, (), "sms"),
    ({"viber"}, (), EXHAUSTED),
    (set(), (), EXHAUSTED),
    ({"push", "sms"}, (attempt("push", "failed"),), "sms"),
    ({"email"}, (attempt("push", "held"),), "email"),  # the push is not reachable any more
    ({"push"}, (attempt("push", ago=1),), in_hours(1)),  # the only one: its silence still has its time
    ({"push"}, (attempt("push", ago=2),), EXHAUSTED),
    (set(), (attempt("push", ago=1, opened_at=NOW),), REACHED),
    (set(), (attempt("push", "queued"),), WaitForReply(None)),
]


@pytest.mark.parametrize(("reachable", "attempts", "expected"), PASSED_OVER)
def test_a_channel_that_does_not_reach_is_passed_over(
    reachable: set[str], attempts: tuple[Attempt, ...], expected: Any
) -> None:
    assert move(THREE, *attempts, reachable=reachable) == expected


SUCCESS: list[tuple[str, dict[str, Any], bool]] = [
    ("sent", {}, True),
    ("delivered", {}, False),
    ("delivered", {"delivered_at": NOW}, True),
    ("delivered", {"opened_at": NOW}, True),
    ("delivered", {"clicked_at": NOW}, True),
    ("opened", {"delivered_at": NOW}, False),
    ("opened", {"opened_at": NOW}, True),
    ("opened", {"clicked_at": NOW}, True),
    ("clicked", {"opened_at": NOW}, False),
    ("clicked", {"clicked_at": NOW}, True),
]


@pytest.mark.parametrize(("success", "known", "expected"), SUCCESS)
def test_what_counts_as_success(success: str, known: dict[str, Any], expected: bool) -> None:
    assert attempt("push", **known).succeeded(MessageState(success)) is expected


@pytest.mark.parametrize("status", [status for status in MessageStatus if status is not MessageStatus.SENT])
def test_only_what_was_sent_counts_as_sent(status: MessageStatus) -> None:
    assert not attempt("push", status).succeeded(MessageState.SENT)


def test_cheapest_goes_first_and_equal_prices_keep_the_written_order() -> None:
    ladder = cascade(
        channel_step("sms"), channel_step("webpush"), channel_step("email"), channel_step("push"), order="cheapest"
    )
    tried: list[Attempt] = []
    while not isinstance(channel := move(ladder, *tried), CascadeDone):
        tried.append(attempt(channel, "failed"))
    assert [channel_step.channel for channel_step in tried] == [
        "webpush",
        "push",
        "email",
        "sms",
    ]  # no price is no cost


def test_an_edit_that_took_the_rung_out_goes_on_with_what_is_left() -> None:
    assert move(cascade(channel_step("email")), attempt("push", ago=0)) == "email"
    assert move(cascade(channel_step("email")), attempt("push", "unknown", ago=1)) == WaitForReply(
        NOW - hours(1) + DEFAULT_DEADLINE
    )


@pytest.mark.parametrize(
    ("success", "fallback", "expected"), [("sent", 2, 0), ("opened", 2, 2), ("delivered", 0.5, 0.5), ("clicked", 0, 0)]
)
def test_patience_is_the_time_until_silence_means_something(success: str, fallback: float, expected: float) -> None:
    assert follow_up_delay(channel_step("push", success, fallback), NOW, UTC_ZONE) == hours(expected)


some_attempts = st.lists(
    st.builds(
        attempt,
        st.sampled_from(["push", "email", "sms"]),
        st.sampled_from(list(MessageStatus)),
        ago=st.integers(0, 30),
        opened_at=st.sampled_from([None, NOW]),
    ),
    unique_by=lambda channel_step: channel_step.channel,
    max_size=3,
)


@PROPERTY
@given(some_attempts, st.sets(st.sampled_from(["push", "email", "sms"])), st.timedeltas(timedelta(0), timedelta(3)))
def test_whatever_was_tried(attempts: list[Attempt], reachable: set[str], later: timedelta) -> None:
    now = NOW + later
    found = move(THREE, *attempts, reachable=reachable, now=now)
    if isinstance(found, WaitForReply):
        assert found.until is None or found.until > now
        assert (found.until is None) == any(attempt.under_way for attempt in attempts)
    elif isinstance(found, str):
        assert found in reachable
        assert all(attempt.status is MessageStatus.HELD for attempt in attempts if attempt.channel == found)
        assert not any(attempt.under_way for attempt in attempts)
    elif found == EXHAUSTED:
        assert reachable <= {attempt.channel for attempt in attempts if attempt.status is not MessageStatus.HELD}
