"""In doubt on the last rung: nothing comes after it, so it is waited for until that is found out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import Attempt, CascadeDone, SendNow, WaitForReply, next_cascade_action
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade, ChannelStep
from kaskad.domain.journeys.condition import MessageState
from kaskad.domain.outcome import MessageStatus, Reason

SENT_AT = datetime(2027, 3, 2, 9, tzinfo=UTC)
SILENT = Duration(seconds=3_600)
CASCADE = Cascade(
    channels=tuple(
        ChannelStep(channel=channel, success=MessageState.DELIVERED, fallback_after=SILENT)
        for channel in (Channel.VIBER, Channel.SMS)
    )
)
DEADLINES = {Channel.VIBER: timedelta(days=1), Channel.SMS: timedelta(days=1)}


LATER = SENT_AT + timedelta(days=2)


def after(channel: Channel, open: bool) -> SendNow | WaitForReply | CascadeDone:
    """What comes after an unknown on that rung, long after every silence and deadline is over."""
    tried = (Channel.VIBER, Channel.SMS)[: 1 + (channel is Channel.SMS)]
    attempts = [Attempt(channel, MessageStatus.FAILED, SENT_AT) for channel in tried[:-1]]
    attempts.append(Attempt(channel, MessageStatus.UNKNOWN, SENT_AT, open=open))
    return next_cascade_action(
        CASCADE, set(DEADLINES), attempts, now=LATER, zone=ZoneInfo("UTC"), costs={}, deadlines=DEADLINES
    )


def test_an_unknown_waits_like_silence_while_more_rungs_come() -> None:
    assert after(Channel.VIBER, open=True) == SendNow(CASCADE.channels[1])


def test_on_the_last_rung_it_is_waited_for_until_somebody_has_found_out_or_given_up() -> None:
    assert after(Channel.SMS, open=True) == WaitForReply(None)
    assert after(Channel.SMS, open=False) == CascadeDone(Reason.EXHAUSTED)
