"""Whether somebody may come again: `again_after`, judged at the door and once more before the first message.

An entry takes a turn when it wrote, or has something unsent that is decided. Before its first message it is judged
against all others of the journey, in either direction of time. Of several that are on their way to that the earliest
writes; one that left without a word takes nobody's turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from kaskad.domain.decisions.facts import CustomerFacts, Enrollment, Facts, OtherEntry
from kaskad.domain.journeys.cascade import Attempt
from kaskad.domain.journeys.entry_trigger import ReentryRule
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import COUNTED_IN_CAPS, MessageStatus

DECIDED_STATUSES = (*COUNTED_IN_CAPS, MessageStatus.HELD)
UNSENT_STATUSES = (MessageStatus.QUEUED, MessageStatus.HELD)  # what a step that is given up drops
AttemptsByStep = Mapping[str, tuple[Attempt, ...]]


def find_blocking_entry(again: ReentryRule, own: Enrollment, person: CustomerFacts) -> OtherEntry | None:
    """The entry of the journey that wrote so near in time that this one must not; the last of them, or None."""
    return max(_too_near(again, own, person, _other_entries(own, person, wrote=True)), key=_entry_order, default=None)


def reentry_blocks_send(version: Version, own: Enrollment, facts: Facts, together: Collection[int]) -> bool:
    """Whether the first message of an entry would come too soon; those that it writes for take the same turn."""
    again, program = version.journey.enter.again_after, version.program
    if again == "always" or own.mode == "test" or _has_sent_before(own, facts):
        return False
    turn = (own.entered_at, own.key, own.id)
    ahead = [
        other
        for other in _other_entries(own, facts.person)
        if other.wrote or (_entry_order(other) < turn and program.may_send_from(other.step))
    ]
    near = _too_near(again, own, facts.person, (other for other in ahead if other.id not in together))
    return next(near, None) is not None


def has_sent(attempts: AttemptsByStep, given_up: Collection[str]) -> bool:
    """Whether anything of these went, may have gone or still will, once what was given up is dropped."""
    return any(
        one.status in DECIDED_STATUSES and not (step in given_up and one.status in UNSENT_STATUSES)
        for step, tries in attempts.items()
        for one in tries
    )


def _has_sent_before(own: Enrollment, facts: Facts) -> bool:
    """By itself, or in the message of another entry."""
    return has_sent(facts.attempts, ()) or any(own.id in other.together for other in _other_entries(own, facts.person))


def _other_entries(own: Enrollment, person: CustomerFacts, *, wrote: bool = False) -> Iterator[OtherEntry]:
    for other in person.entries:
        if other.journey == own.journey and other.id != own.id and (other.wrote or not wrote):
            yield other


def _too_near(
    again: ReentryRule, own: Enrollment, person: CustomerFacts, others: Iterable[OtherEntry]
) -> Iterator[OtherEntry]:
    for other in others:
        if again == "always":
            return
        first, last = sorted((own.entered_at, other.entered_at))
        if again == "never" or again.after(first, person.zone) > last:
            yield other


def _entry_order(entry: OtherEntry) -> tuple[datetime, str, int]:
    return entry.entered_at, entry.key, entry.id
