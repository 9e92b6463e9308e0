"""The lives of an enrollment and of a message: every status is reached, every end is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from kaskad.domain.outcome import (
    COUNTED_IN_CAPS,
    ENROLLMENT_TRANSITIONS,
    LIVE_STATUSES,
    MESSAGE_TRANSITIONS,
    EnrollmentStatus,
    MessageStatus,
)

LIVES = [(EnrollmentStatus.CANDIDATE, ENROLLMENT_TRANSITIONS), (MessageStatus.QUEUED, MESSAGE_TRANSITIONS)]


def reached(start: Any, moves: Mapping[Any, frozenset[Any]]) -> set[Any]:
    """Every status that can follow `start`, itself included."""
    found, edge = {start}, {start}
    while edge:
        edge = set().union(*(moves[status] for status in edge)) - found
        found |= edge
    return found


@pytest.mark.parametrize(("start", "moves"), LIVES, ids=["enrollment", "message"])
def test_every_status_is_in_the_table_and_can_be_reached(start: Any, moves: Mapping[Any, frozenset[Any]]) -> None:
    assert set(moves) == set(type(start))
    assert reached(start, moves) == set(type(start))
    assert all(status not in following for status, following in moves.items())


@pytest.mark.parametrize("ended", [EnrollmentStatus.LEFT, EnrollmentStatus.DONE, EnrollmentStatus.REFUSED])
def test_an_enrollment_that_ended_has_no_way_out(ended: EnrollmentStatus) -> None:
    assert not ENROLLMENT_TRANSITIONS[ended]
    assert ended not in LIVE_STATUSES


def test_the_quarantined_come_back_inside_unless_they_are_forgotten() -> None:
    assert ENROLLMENT_TRANSITIONS[EnrollmentStatus.QUARANTINED] == {*LIVE_STATUSES, EnrollmentStatus.LEFT}


@pytest.mark.parametrize("ended", [MessageStatus.FAILED, MessageStatus.DROPPED])
def test_a_message_that_ended_has_no_way_out(ended: MessageStatus) -> None:
    assert not MESSAGE_TRANSITIONS[ended]


def test_what_was_sent_can_only_bounce() -> None:
    assert MESSAGE_TRANSITIONS[MessageStatus.SENT] == {MessageStatus.FAILED}


WAITING = {MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.HELD}


@pytest.mark.parametrize(
    ("status", "before"),
    [
        (MessageStatus.UNKNOWN, {MessageStatus.SENDING, *WAITING}),  # those: an unknown that was to be tried again
        (MessageStatus.SENDING, {MessageStatus.CLAIMED}),
        (MessageStatus.SENT, {MessageStatus.SENDING, MessageStatus.UNKNOWN, *WAITING}),
        (MessageStatus.HELD, {MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.UNKNOWN}),  # queued: an edit
    ],
)
def test_what_comes_before(status: MessageStatus, before: set[MessageStatus]) -> None:
    assert {before_it for before_it, following in MESSAGE_TRANSITIONS.items() if status in following} == before


@pytest.mark.parametrize("status", [MessageStatus.SENDING, MessageStatus.UNKNOWN, MessageStatus.SENT])
def test_what_may_have_gone_is_never_dropped(status: MessageStatus) -> None:
    assert MessageStatus.DROPPED not in MESSAGE_TRANSITIONS[status]


def test_caps_count_what_may_have_reached_the_customer_or_still_will() -> None:
    assert set(MessageStatus) - set(COUNTED_IN_CAPS) == {
        MessageStatus.HELD,
        MessageStatus.FAILED,
        MessageStatus.DROPPED,
    }
