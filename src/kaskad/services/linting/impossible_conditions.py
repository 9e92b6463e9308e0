"""Finds conditions that can never hold: by values of one path, by events that happened or not, or by themselves.

Unknown is neither true nor false, under `not` too: so what is excluded here can never be true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kaskad.domain.journeys.condition import (
    AnyOf,
    Compare,
    Condition,
    Conditions,
    DidEvent,
    MessageState,
    MessageWas,
    Not,
    Op,
    PathRef,
    ValueType,
)
from kaskad.services.linting.contradictions import find_empty_range
from kaskad.services.linting.event_contradictions import find_event_contradiction

OPPOSITES = {
    Op.IS: Op.IS_NOT,
    Op.IN: Op.NOT_IN,
    Op.AT_LEAST: Op.LESS_THAN,
    Op.AT_MOST: Op.MORE_THAN,
    Op.WITHIN: Op.OLDER_THAN,
}
OPPOSITES |= {opposite: op for op, opposite in OPPOSITES.items()}
LATER_STATES = {  # state of a message → the states before it
    MessageState.OPENED: (MessageState.DELIVERED,),
    MessageState.CLICKED: (MessageState.DELIVERED, MessageState.OPENED),
}
Part = Compare | DidEvent | MessageWas | Not  # a `Not` of a comparison that has no opposite operator


@dataclass(slots=True)
class Requirements:
    """What a list of conditions requires: parts that all have to hold, and choices of which one is enough."""

    parts: list[Part] = field(default_factory=list)
    choices: list[list[Conditions]] = field(default_factory=list)
    said: list[Condition] = field(default_factory=list)  # word for word
    denied: list[Conditions] = field(default_factory=list)

    @property
    def denies_itself(self) -> bool:
        """Returns whether it contains a condition, and `not` of the same."""
        return any(all(condition in self.said for condition in those) for those in self.denied)


def find_contradiction(conditions: Conditions) -> str | None:
    """Returns why these can never hold together, as part of a sentence; None if nothing is plainly impossible."""
    return _clash(conditions, ())


def _clash(conditions: Iterable[Condition], around: Sequence[Part]) -> str | None:
    meant = Requirements(list(around))
    for condition in conditions:
        _add(meant, condition)
    if reason := _of_parts(meant.parts):
        return reason
    if meant.denies_itself:
        return "it asks for something, and for `not` just that"
    for ways in meant.choices:
        closed = [_clash(way, meant.parts) for way in ways]
        if all(closed):
            return closed[0]
    return None


def _add(meant: Requirements, condition: Condition, *, no: bool = False) -> None:
    """Adds the condition, or its opposite, to the requirements."""
    if not no:
        meant.said.append(condition)
        meant.denied += [condition.of] if isinstance(condition, Not) else []
    match condition:
        case Compare():
            meant.parts.append(_opposite(condition) if no else condition)
        case DidEvent() | MessageWas():
            meant.parts.append(condition.model_copy(update={"negated": condition.negated != no}))
        case AnyOf(of=parts) if no:
            for part in parts:
                _add(meant, part, no=True)
        case AnyOf(of=parts):
            meant.choices.append([(part,) for part in parts])
        case Not(of=parts) if no or len(parts) == 1:
            for part in parts:
                _add(meant, part, no=not no)
        case Not(of=parts):
            meant.choices.append([(Not(of=(part,)),) for part in parts])


def _opposite(asked: Compare) -> Part:
    if asked.op is Op.KNOWN:
        return asked.model_copy(update={"value": not asked.value})
    if asked.op in OPPOSITES:
        return asked.model_copy(update={"op": OPPOSITES[asked.op]})
    return Not(of=(asked,))


def _of_parts(parts: Sequence[Part]) -> str | None:
    compared = [part for part in parts if isinstance(part, Compare)]
    refused = [part.of[0] for part in parts if isinstance(part, Not)]
    mentioned = [part for part in refused if isinstance(part, Compare)]
    asked = [*compared, *(_known(path) for path in _paths([*compared, *mentioned]))]
    opposed = (comparison.path for comparison in compared if _opposite(comparison) in parts)
    path = find_empty_range(asked) or next(opposed, None)
    if path:
        return f"no '{path}' meets all of these conditions"
    deeds = [part for part in parts if isinstance(part, DidEvent)]
    messages = [part for part in parts if isinstance(part, MessageWas)]
    if name := find_event_contradiction(deeds) or _unsent(messages):
        return f"'{name}' is asked for and ruled out"
    return next(
        filter(None, (find_contradiction(event.where) for event in deeds if not event.negated and not event.times)),
        None,
    )


def _paths(compared: Sequence[Compare]) -> Iterator[str]:
    """Yields the paths that have to be known, also those on the right side of a comparison."""
    for comparison in compared:
        if comparison.op is not Op.KNOWN:
            yield comparison.path
        if isinstance(comparison.value, PathRef):
            yield comparison.value.path


def _known(path: str) -> Compare:
    return Compare(path=path, op=Op.KNOWN, value=True, type=ValueType.TEXT)


def _unsent(messages: Sequence[MessageWas]) -> str | None:
    """Returns the first message that must have reached a state, and must not."""
    for yes in messages:
        for no in messages:
            same = not yes.negated and no.negated and yes.message == no.message
            if same and no.was in (yes.was, *LATER_STATES.get(yes.was, ())):
                return yes.message
    return None
