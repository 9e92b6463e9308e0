"""One message for several entries: `send: …, together: 3d`.

The first entry that falls due at the step opens a window of that length. At its end it writes, for all of the
customer's entries that stand here by then and may be written to; the others go on when its send is over. Whoever comes
later opens a window of their own. Every one of them works that out alike, from who stands here: whichever is decided
first, and whoever leaves, at most one message goes for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kaskad.domain.decisions import send_step
from kaskad.domain.decisions.effects import FALLBACK_WAKE_UP, Advance, DecisionEntry, DecisionKind, Wait
from kaskad.domain.decisions.facts import Enrollment, Facts, MergedMessage, MergeGroup, SiblingEnrollment
from kaskad.domain.journeys.program import ONLY_WHILE, Node, condition_name
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version
from kaskad.domain.model import Duration
from kaskad.domain.outcome import Reason


@dataclass(frozen=True, slots=True)
class MergeWindow:
    """Who is written to at once: `first` writes, at `ends`, for `others` too."""

    first: int
    ends: datetime
    others: tuple[int, ...]


def decide_merged_send(
    version: Version,
    node: Node,
    length: Duration,
    enrollment: Enrollment,
    facts: Facts,
    now: datetime,
    project: Project,
) -> Wait | Advance:
    """The next move of a send that waits for company. A test goes alone, at once."""
    if enrollment.mode == "test":
        return send_step.decide_send(version, node, enrollment, facts, now, project)
    company = facts.company.get(node.id)
    if company is None:
        return Wait(now)  # just arrived: the next pass brings who else is here
    if letter := _find_merged_message(enrollment.id, company):
        return _wait_for_merged_send(letter, node, enrollment, company, now)
    window = find_merge_window(node, length, enrollment, company, facts.person.zone)
    if window.first != enrollment.id:
        return Wait(window.ends if now < window.ends else now + FALLBACK_WAKE_UP)  # whoever writes wakes the others
    if now < window.ends:
        return Wait(window.ends)
    move = send_step.decide_send(version, node, replace(enrollment, step_since=window.ends), facts, now, project)
    if isinstance(move, Wait) and move.queue:
        return replace(move, queue=replace(move.queue, together=window.others))
    return move


def find_merge_window(
    node: Node, length: Duration, enrollment: Enrollment, company: MergeGroup, zone: ZoneInfo
) -> MergeWindow:
    """The window that this entry is in, as things stand."""
    written = {one for letter in company.letters if letter.went for one in letter.entries}
    own = SiblingEnrollment(enrollment.id, enrollment.step_since or enrollment.entered_at)
    if any(letter.by == own.id and letter.went for letter in company.letters):
        others = sorted(
            mate.id for mate in company.mates if mate.id in _merged_entries(own.id, company) and _can_merge(mate, node)
        )
        return MergeWindow(own.id, length.after(own.since, zone), tuple(others))
    begun = {letter.by for letter in company.letters}
    here = [own, *(mate for mate in company.mates if mate.id not in written and _can_merge(mate, node))]
    waiting = sorted(here, key=lambda mate: (mate.id not in begun, mate.since, mate.id))
    while True:
        first, *rest = waiting
        ends = length.after(first.since, zone)
        others = [mate.id for mate in rest if mate.since <= ends and mate.id not in begun]
        if own.id in (first.id, *others):
            return MergeWindow(first.id, ends, tuple(sorted(others)))
        waiting = [mate for mate in rest if mate.id not in others]


def is_merge_group_unchanged(
    node: Node, length: Duration, enrollment: Enrollment, facts: Facts, written_for: Iterable[int]
) -> bool:
    """Whether a message that is about to go is about everybody it should be about, and nobody else."""
    company = facts.company.get(node.id, MergeGroup())
    window = find_merge_window(node, length, enrollment, company, facts.person.zone)
    return window.first == enrollment.id and window.others == tuple(sorted(written_for))


def _can_merge(mate: SiblingEnrollment, node: Node) -> bool:
    """Whether another entry may be written to now, as far as it alone says. What is not known does not hold."""
    asked = (ONLY_WHILE, condition_name(node.id))
    return not mate.left and all(mate.truths.get(name, True) is True for name in asked)


def _merged_entries(first: int, company: MergeGroup) -> set[int]:
    return {one for letter in company.letters if letter.by == first and letter.went for one in letter.entries}


def _find_merged_message(id_: int, company: MergeGroup) -> MergedMessage | None:
    """The message of another entry that this one was written to with."""
    letters = [one for one in company.letters if one.went and one.by != id_ and id_ in one.entries]
    return min(letters, key=lambda one: (one.at, one.by), default=None)


def _wait_for_merged_send(
    letter: MergedMessage, node: Node, enrollment: Enrollment, company: MergeGroup, now: datetime
) -> Wait | Advance:
    """Together to the end of the send: on as soon as the one who wrote has gone on, or left."""
    if any(mate.id == letter.by for mate in company.mates):
        return Wait(now + FALLBACK_WAKE_UP)
    note = DecisionEntry(DecisionKind.MERGED, node.id, Reason.TOGETHER, {"with": letter.by})
    return Advance(node.next, now, first_sent_at=letter.at, notes=(note,))
