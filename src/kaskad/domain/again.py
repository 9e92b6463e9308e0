"""Whether somebody may come again: `again_after`, judged at the door and once more before the first message.

An entry takes a turn when it wrote, or has something unsent that is decided. Before its first message it is judged
against all others of the journey, in either direction of time. Of several that are on their way to that the earliest
writes; one that left without a word takes nobody's turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from kaskad.domain.cascade import Attempt
from kaskad.domain.entrance import Again
from kaskad.domain.facts import Enrollment, Entry, Facts, Person
from kaskad.domain.outcome import TOUCHING, MessageStatus
from kaskad.domain.version import Version

DECIDED = (*TOUCHING, MessageStatus.HELD)
UNSENT = (MessageStatus.QUEUED, MessageStatus.HELD)  # what a step that is given up drops
Attempts = Mapping[str, tuple[Attempt, ...]]


def in_its_way(again: Again, own: Enrollment, person: Person) -> Entry | None:
    """The entry of the journey that wrote so near in time that this one must not; the last of them, or None."""
    return max(_near(again, own, person, _others(own, person, wrote=True)), key=_turn, default=None)


def may_not_write(version: Version, own: Enrollment, facts: Facts, together: Collection[int]) -> bool:
    """Whether the first message of an entry would come too soon; those that it writes for take the same turn."""
    again, program = version.journey.enter.again_after, version.program
    if again == "always" or own.mode == "test" or _has_written(own, facts):
        return False
    turn = (own.entered_at, own.key, own.id)
    ahead = [
        other
        for other in _others(own, facts.person)
        if other.wrote or (_turn(other) < turn and program.may_write_from(other.step))
    ]
    near = _near(again, own, facts.person, (other for other in ahead if other.id not in together))
    return next(near, None) is not None


def wrote(attempts: Attempts, given_up: Collection[str]) -> bool:
    """Whether anything of these went, may have gone or still will, once what was given up is dropped."""
    return any(
        one.status in DECIDED and not (step in given_up and one.status in UNSENT)
        for step, tries in attempts.items()
        for one in tries
    )


def _has_written(own: Enrollment, facts: Facts) -> bool:
    """By itself, or in the message of another entry."""
    return wrote(facts.attempts, ()) or any(own.id in other.together for other in _others(own, facts.person))


def _others(own: Enrollment, person: Person, *, wrote: bool = False) -> Iterator[Entry]:
    for other in person.entries:
        if other.journey == own.journey and other.id != own.id and (other.wrote or not wrote):
            yield other


def _near(again: Again, own: Enrollment, person: Person, others: Iterable[Entry]) -> Iterator[Entry]:
    for other in others:
        if again == "always":
            return
        first, last = sorted((own.entered_at, other.entered_at))
        if again == "never" or again.after(first, person.zone) > last:
            yield other


def _turn(entry: Entry) -> tuple[datetime, str, int]:
    return entry.entered_at, entry.key, entry.id
