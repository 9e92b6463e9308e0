"""Doubt: a send of which nobody can tell, and what is done about it. Pure.

Never two calls without the provider's own word that it takes them for one, unless the channel's policy is to resend.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kaskad.domain.journeys.project import ChannelSpec

MAX_ATTEMPTS = 5  # a provider that never takes it is one that refuses
FIRST_RETRY_DELAY = timedelta(seconds=15)  # before the same key is tried again; four times as long each time
# between two questions: the longer, the later
MIN_POLL_INTERVAL, MAX_POLL_INTERVAL = timedelta(seconds=15), timedelta(hours=1)


class SettledBy(StrEnum):
    """How an unknown was classified."""

    ANSWER = "answer"  # the call's own, late
    LOOK_UP = "look_up"
    KEY = "key"  # called again under its key: the provider took both for one
    RECEIPT = "receipt"
    DEADLINE = "deadline"  # nobody ever told: the channel's policy decided
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class UnknownOutcome:
    """One unknown. `since` is when the first call began that may have reached somebody; `called_at` the latest.

    `attempts` counts the calls. `wanted`: the customer still stands at its step, and nothing else was tried since.
    """

    channel: ChannelSpec
    since: datetime
    called_at: datetime
    attempts: int
    wanted: bool
    keeps_keys: timedelta  # how long its provider takes a second call under the same key for the first


@dataclass(frozen=True, slots=True)
class RetryWithKey:
    """Into the queue, not before then: by the same provider, which keeps its key until `key_until`."""

    not_before: datetime
    key_until: datetime


@dataclass(frozen=True, slots=True)
class DecideAgain:
    """The policy lets it be sent a second time: whether and when is decided like for any message that was held."""


@dataclass(frozen=True, slots=True)
class AskLater:
    """Nobody can tell yet: ask again then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CloseAsUnknown:
    """Classified for good, as unknown: it is asked no more, and the cascade goes on."""


def resolve_unknown(doubt: UnknownOutcome, now: datetime) -> RetryWithKey | DecideAgain | AskLater | CloseAsUnknown:
    """What is done about an unknown of which its provider cannot tell, at this time."""
    deadline = doubt.called_at + doubt.channel.deadline.longest
    may_go = doubt.wanted and doubt.attempts < MAX_ATTEMPTS
    if now >= deadline:
        return DecideAgain() if may_go and doubt.channel.on_unknown == "resend" else CloseAsUnknown()
    again_at = now + FIRST_RETRY_DELAY * 4 ** (doubt.attempts - 1)
    key_until = doubt.since + doubt.keeps_keys
    if may_go and again_at < min(key_until, deadline):
        return RetryWithKey(again_at, key_until)
    return AskLater(min(now + min(max(now - doubt.since, MIN_POLL_INTERVAL), MAX_POLL_INTERVAL), deadline))
