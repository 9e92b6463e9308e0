"""Attempts after an edit: sends of a removed step count for the step that replaced it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.outcome import MessageStatus, Reason

MAYBE_SENT = (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.UNKNOWN)


def replacement_steps(step: str, moved: Mapping[str, str]) -> Iterator[str]:
    """Yields the steps that replaced this one, edit by edit; each once, even if an edit was reverted."""
    met = {step}
    while (step := moved.get(step, step)) not in met:
        met.add(step)
        yield step


def migrate_attempt(attempt: Attempt, doubted: bool) -> Attempt | None:
    """The attempt as it counts for the step that replaced its own; None if nothing of it was sent.

    An opt-out by it counts there too, whatever its outcome; and so does that its address had the same message.

    `doubted`: it may have been sent once and waits to be tried again; the edit ended that.
    """
    if attempt.status in MAYBE_SENT or attempt.stopped or attempt.reason is Reason.SAME_ADDRESS:
        return attempt
    unsent = attempt.status in (MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.HELD)
    return replace(attempt, status=MessageStatus.UNKNOWN) if doubted and unsent else None
