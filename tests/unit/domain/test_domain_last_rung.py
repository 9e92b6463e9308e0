"""In doubt on the last rung: nothing comes after it, so it is waited for until its channel's deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kaskad.domain.cascade import Attempt, Cascade, Listen, Rung, Try, next_rung
from kaskad.domain.channel import Channel
from kaskad.domain.condition import MessageState
from kaskad.domain.model import Duration
from kaskad.domain.outcome import MessageStatus

SENT_AT = datetime(2027, 3, 2, 9, tzinfo=UTC)
SILENT = Duration(seconds=3_600)
CASCADE = Cascade(
    channels=tuple(
        Rung(channel=channel, success=MessageState.DELIVERED, fallback_after=SILENT)
        for channel in (Channel.VIBER, Channel.SMS)
    )
)
DEADLINES = {Channel.VIBER: timedelta(days=1), Channel.SMS: timedelta(days=1)}


@pytest.mark.parametrize(
    ("channel", "move"),
    [(Channel.VIBER, Try(CASCADE.channels[1])), (Channel.SMS, Listen(SENT_AT + timedelta(days=1)))],
)
def test_an_unknown_waits_like_silence_while_more_rungs_come(channel: Channel, move: Try | Listen) -> None:
    tried = (Channel.VIBER, Channel.SMS)[: 1 + (channel is Channel.SMS)]
    attempts = [Attempt(one, MessageStatus.FAILED, SENT_AT) for one in tried[:-1]]
    attempts.append(Attempt(channel, MessageStatus.UNKNOWN, SENT_AT))
    later = SENT_AT + timedelta(hours=2)
    assert next_rung(CASCADE, set(DEADLINES), attempts, later, ZoneInfo("UTC"), {}, DEADLINES) == move
