"""Sends with unknown outcome, and how they are resolved. Pure.

A second call is made only if the provider recognizes the same key, or if the channel's policy is to resend.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kaskad.domain.journeys.providers import ChannelSpec

MAX_ATTEMPTS = 5  # a provider that never accepts it refuses it
FIRST_RETRY_DELAY = timedelta(seconds=15)  # before the same key is tried again; four times as long each time
# between two status requests: the older, the longer
MIN_POLL_INTERVAL, MAX_POLL_INTERVAL = timedelta(seconds=15), timedelta(hours=1)


class SettledBy(StrEnum):
    """How an unknown outcome was resolved."""

    ANSWER = "answer"  # the late response of the call itself
    LOOK_UP = "look_up"
    KEY = "key"  # a second call with the same key: the provider counted both as one
    RECEIPT = "receipt"
    DEADLINE = "deadline"  # nobody could say: the channel's policy decided
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class UnknownOutcome:
    """A message with unknown outcome. `since`: start of the first call that may have had an effect; `called_at`: last.

    `attempts` counts the calls. `wanted`: the customer is still at its step, and nothing else was tried since.
    """

    channel: ChannelSpec
    since: datetime
    called_at: datetime
    attempts: int
    wanted: bool
    keeps_keys: timedelta  # for how long its provider recognizes a second call with the same key


@dataclass(frozen=True, slots=True)
class RetryWithKey:
    """Queue it again, not before then: with the same provider, which recognizes its key until `key_until`."""

    not_before: datetime
    key_until: datetime


@dataclass(frozen=True, slots=True)
class DecideAgain:
    """The policy allows a second send: whether and when is decided as for any held message."""


@dataclass(frozen=True, slots=True)
class AskLater:
    """The outcome is not known yet: ask the provider again then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CloseAsUnknown:
    """The outcome stays unknown: the provider is not asked any more, and the cascade goes on."""


def resolve_unknown(doubt: UnknownOutcome, now: datetime) -> RetryWithKey | DecideAgain | AskLater | CloseAsUnknown:
    """The next action for a message whose outcome the provider cannot report."""
    deadline = doubt.called_at + doubt.channel.deadline.longest
    may_go = doubt.wanted and doubt.attempts < MAX_ATTEMPTS
    if now >= deadline:
        return DecideAgain() if may_go and doubt.channel.on_unknown == "resend" else CloseAsUnknown()
    again_at = now + FIRST_RETRY_DELAY * 4 ** (doubt.attempts - 1)
    key_until = doubt.since + doubt.keeps_keys
    if may_go and again_at < min(key_until, deadline):
        return RetryWithKey(again_at, key_until)
    return AskLater(min(now + min(max(now - doubt.since, MIN_POLL_INTERVAL), MAX_POLL_INTERVAL), deadline))
