"""Those inside who follow an edit: what was sent at a step that is gone counts at the step that took its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kaskad.domain.journeys.cascade import Attempt
from kaskad.domain.outcome import MessageStatus

MAYBE_SENT = (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.UNKNOWN)


def replacement_steps(step: str, moved: Mapping[str, str]) -> Iterator[str]:
    """The steps that took this one's place, one edit after the other; none twice, where an edit was taken back."""
    met = {step}
    while (step := moved.get(step, step)) not in met:
        met.add(step)
        yield step


def migrate_attempt(attempt: Attempt, doubted: bool) -> Attempt | None:
    """The attempt as it counts at the step that took the place of its own; None where nothing of it went.

    A no that was said to it counts there too, whatever became of it.

    `doubted`: it may have gone once, and waits to be tried again, which the edit has put an end to.
    """
    if attempt.status in MAYBE_SENT or attempt.stopped:
        return attempt
    unsent = attempt.status in (MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.HELD)
    return replace(attempt, status=MessageStatus.UNKNOWN) if doubted and unsent else None
