"""What is done about an unknown of which its provider cannot tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.unknown_outcome import (
    MAX_ATTEMPTS,
    AskLater,
    CloseAsUnknown,
    DecideAgain,
    RetryWithKey,
    UnknownOutcome,
    resolve_unknown,
)
from kaskad.domain.journeys.providers import ChannelSpec
from tests.support.engine.builders import NOW, hours

NEVER = ChannelSpec(channel=Channel.SMS)
RESEND = ChannelSpec(channel=Channel.PUSH, on_unknown="resend")
FRESH = UnknownOutcome(NEVER, NOW, NOW, 1, wanted=True, keeps_keys=timedelta())
KEYED = replace(FRESH, keeps_keys=hours(2))
LATE = NOW + hours(24)


def soon(seconds: int) -> AskLater:
    return AskLater(NOW + timedelta(seconds=seconds))


SHORTLY = timedelta(seconds=15)
AGED = replace(FRESH, channel=RESEND, called_at=NOW + hours(1))
CASES = {
    "just lost": (FRESH, NOW, soon(15)),
    "the longer, the later": (FRESH, NOW + hours(0.5), AskLater(NOW + hours(1))),
    "never more than an hour": (FRESH, NOW + hours(5), AskLater(NOW + hours(6))),
    "never past the deadline": (FRESH, NOW + hours(23.5), AskLater(LATE)),
    "its key is kept": (KEYED, NOW, RetryWithKey(NOW + timedelta(seconds=15), NOW + hours(2))),
    "four times as long each time": (replace(KEYED, attempts=3), NOW, RetryWithKey(NOW + 16 * SHORTLY, NOW + hours(2))),
    "its key is kept no longer": (KEYED, NOW + hours(2), AskLater(NOW + hours(3))),
    "its key runs out in the pause": (KEYED, NOW + hours(2) - SHORTLY, AskLater(NOW + hours(3) - SHORTLY)),
    "counted from the first call": (replace(KEYED, called_at=NOW + hours(2)), NOW + hours(2), AskLater(NOW + hours(3))),
    "tried often enough": (replace(KEYED, attempts=MAX_ATTEMPTS), NOW, soon(15)),
    "not wanted any more": (replace(KEYED, wanted=False), NOW, soon(15)),
    "the deadline, never resend": (FRESH, LATE, CloseAsUnknown()),
    "the deadline, never resend, a key or not": (replace(FRESH, keeps_keys=hours(99)), LATE, CloseAsUnknown()),
    "the deadline, resend": (replace(FRESH, channel=RESEND), LATE, DecideAgain()),
    "the deadline counts from the latest call": (AGED, LATE, AskLater(LATE + hours(1))),
    "the deadline, not wanted": (replace(FRESH, channel=RESEND, wanted=False), LATE, CloseAsUnknown()),
    "the deadline, tried often enough": (replace(FRESH, channel=RESEND, attempts=MAX_ATTEMPTS), LATE, CloseAsUnknown()),
}


@pytest.mark.parametrize(("doubt", "now", "expected"), CASES.values(), ids=CASES)
def test_what_is_done(doubt: UnknownOutcome, now: datetime, expected: object) -> None:
    assert resolve_unknown(doubt, now) == expected


@given(
    st.integers(0, 200_000),
    st.integers(0, 100_000),
    st.integers(1, 9),
    st.booleans(),
    st.integers(0, 100_000),
    st.booleans(),
)
def test_a_second_call_needs_a_kept_key_or_the_policy(
    age: int, keeps: int, attempts: int, wanted: bool, called: int, resend: bool
) -> None:
    now = NOW + timedelta(seconds=age)
    called_at = NOW + timedelta(seconds=min(called, age))
    spec = RESEND if resend else NEVER
    doubt = UnknownOutcome(spec, NOW, called_at, attempts, wanted, timedelta(seconds=keeps))
    move = resolve_unknown(doubt, now)
    if isinstance(move, RetryWithKey):
        assert wanted and now < move.not_before < move.key_until == NOW + timedelta(seconds=keeps)
    if isinstance(move, DecideAgain):
        assert wanted and resend and now >= called_at + hours(24)
    if isinstance(move, AskLater):
        assert now < move.at <= called_at + hours(24)
