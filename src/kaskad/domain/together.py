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

from kaskad.domain import speaking
from kaskad.domain.facts import Company, Enrollment, Facts, Letter, Mate
from kaskad.domain.model import Duration
from kaskad.domain.moves import SAFETY_NET, Note, Noted, Pass, Stay
from kaskad.domain.outcome import Reason
from kaskad.domain.program import ONLY_WHILE, Node, condition_name
from kaskad.domain.shop import Project
from kaskad.domain.version import Version


@dataclass(frozen=True, slots=True)
class Window:
    """Who is written to at once: `first` writes, at `ends`, for `others` too."""

    first: int
    ends: datetime
    others: tuple[int, ...]


def speak(
    version: Version,
    node: Node,
    length: Duration,
    enrollment: Enrollment,
    facts: Facts,
    now: datetime,
    project: Project,
) -> Stay | Pass:
    """The next move of a send that waits for company. A test goes alone, at once."""
    if enrollment.mode == "test":
        return speaking.speak(version, node, enrollment, facts, now, project)
    company = facts.company.get(node.id)
    if company is None:
        return Stay(now)  # just arrived: the next pass brings who else is here
    if letter := _written_to(enrollment.id, company):
        return _after(letter, node, enrollment, company, now)
    window = window_of(node, length, enrollment, company, facts.person.zone)
    if window.first != enrollment.id:
        return Stay(window.ends if now < window.ends else now + SAFETY_NET)  # whoever writes wakes the others
    if now < window.ends:
        return Stay(window.ends)
    move = speaking.speak(version, node, replace(enrollment, step_since=window.ends), facts, now, project)
    if isinstance(move, Stay) and move.queue:
        return replace(move, queue=replace(move.queue, together=window.others))
    return move


def window_of(node: Node, length: Duration, enrollment: Enrollment, company: Company, zone: ZoneInfo) -> Window:
    """The window that this entry is in, as things stand."""
    written = {one for letter in company.letters if letter.went for one in letter.entries}
    own = Mate(enrollment.id, enrollment.step_since or enrollment.entered_at)
    if any(letter.by == own.id and letter.went for letter in company.letters):
        others = sorted(mate.id for mate in company.mates if mate.id in _with(own.id, company) and _joins(mate, node))
        return Window(own.id, length.after(own.since, zone), tuple(others))
    begun = {letter.by for letter in company.letters}
    here = [own, *(mate for mate in company.mates if mate.id not in written and _joins(mate, node))]
    waiting = sorted(here, key=lambda mate: (mate.id not in begun, mate.since, mate.id))
    while True:
        first, *rest = waiting
        ends = length.after(first.since, zone)
        others = [mate.id for mate in rest if mate.since <= ends and mate.id not in begun]
        if own.id in (first.id, *others):
            return Window(first.id, ends, tuple(sorted(others)))
        waiting = [mate for mate in rest if mate.id not in others]


def still_the_same(
    node: Node, length: Duration, enrollment: Enrollment, facts: Facts, written_for: Iterable[int]
) -> bool:
    """Whether a message that is about to go is about everybody it should be about, and nobody else."""
    company = facts.company.get(node.id, Company())
    window = window_of(node, length, enrollment, company, facts.person.zone)
    return window.first == enrollment.id and window.others == tuple(sorted(written_for))


def _joins(mate: Mate, node: Node) -> bool:
    """Whether another entry may be written to now, as far as it alone says. What is not known does not hold."""
    asked = (ONLY_WHILE, condition_name(node.id))
    return not mate.left and all(mate.truths.get(name, True) is True for name in asked)


def _with(first: int, company: Company) -> set[int]:
    return {one for letter in company.letters if letter.by == first and letter.went for one in letter.entries}


def _written_to(id_: int, company: Company) -> Letter | None:
    """The message of another entry that this one was written to with."""
    letters = [one for one in company.letters if one.went and one.by != id_ and id_ in one.entries]
    return min(letters, key=lambda one: (one.at, one.by), default=None)


def _after(letter: Letter, node: Node, enrollment: Enrollment, company: Company, now: datetime) -> Stay | Pass:
    """Together to the end of the send: on as soon as the one who wrote has gone on, or left."""
    if any(mate.id == letter.by for mate in company.mates):
        return Stay(now + SAFETY_NET)
    note = Note(Noted.MERGED, node.id, Reason.TOGETHER, {"with": letter.by})
    return Pass(node.next, now, spoke_at=letter.at, notes=(note,))
