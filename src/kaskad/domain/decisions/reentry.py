"""Whether a customer may enter again (`again_after`): checked at entry, and again before the first message.

An entry counts when it sent a message, or has a decided message that is not sent yet; but what a merge handed back was
decided for somebody else, and has to be decided anew. Before its first message an entry is compared with all other
entries of the journey, earlier and later ones. Of several that have sent nothing yet, the earliest sends; an entry that
left without a message does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.facts import CustomerFacts, Enrollment, Facts, OtherEntry
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.journeys.entry_trigger import ReentryRule
from kaskad.domain.outcome import COUNTED_IN_CAPS, MessageStatus, Mode, Reason

DECIDED_STATUSES = (*COUNTED_IN_CAPS, MessageStatus.HELD)
UNSENT_STATUSES = (MessageStatus.QUEUED, MessageStatus.HELD)  # statuses that are dropped when a step is given up
AttemptsByStep = Mapping[str, tuple[Attempt, ...]]


def find_blocking_entry(again: ReentryRule, own: Enrollment, person: CustomerFacts) -> OtherEntry | None:
    """The last entry of the journey that sent so near in time that this one must not send; None if there is none."""
    sent = _other_entries(own, person, wrote=True)
    return max(_too_near(again, own, person, others=sent), key=_entry_order, default=None)


def reentry_blocks_send(ctx: StepContext, together: Collection[int]) -> bool:
    """Whether the first message of an entry would come too soon; entries that it sends for count in the same way."""
    own, facts, program = ctx.enrollment, ctx.facts, ctx.version.program
    again = ctx.version.journey.enter.again_after
    if again == "always" or own.mode is Mode.TEST or _has_sent_before(own, facts):
        return False
    turn = (own.entered_at, own.key, own.id)
    ahead = [
        other
        for other in _other_entries(own, facts.person)
        if other.wrote or (_entry_order(other) < turn and program.may_send_from(other.step))
    ]
    near = _too_near(again, own, facts.person, others=(other for other in ahead if other.id not in together))
    return next(near, None) is not None


def has_sent(attempts: AttemptsByStep, given_up: Collection[str]) -> bool:
    """Whether any of these was, may have been or still will be sent, once the messages of `given_up` are dropped."""
    return any(
        attempt.status in DECIDED_STATUSES and not (step in given_up and attempt.status in UNSENT_STATUSES)
        for step, tries in attempts.items()
        for attempt in tries
        if not _handed_back(attempt)
    )


def _handed_back(attempt: Attempt) -> bool:
    """Whether two customers became one before it went out: it is no send of that one person yet."""
    return attempt.status is MessageStatus.HELD and attempt.reason is Reason.MERGED


def _has_sent_before(own: Enrollment, facts: Facts) -> bool:
    """Whether the entry has sent, by itself or in the message of another entry."""
    return has_sent(facts.attempts, ()) or any(own.id in other.together for other in _other_entries(own, facts.person))


def _other_entries(own: Enrollment, person: CustomerFacts, *, wrote: bool = False) -> Iterator[OtherEntry]:
    for other in person.entries:
        if other.journey == own.journey and other.id != own.id and (other.wrote or not wrote):
            yield other


def _too_near(
    again: ReentryRule, own: Enrollment, person: CustomerFacts, *, others: Iterable[OtherEntry]
) -> Iterator[OtherEntry]:
    for other in others:
        if again == "always":
            return
        first, last = sorted((own.entered_at, other.entered_at))
        if again == "never" or again.after(first, person.zone) > last:
            yield other


def _entry_order(entry: OtherEntry) -> tuple[datetime, str, int]:
    return entry.entered_at, entry.key, entry.id
