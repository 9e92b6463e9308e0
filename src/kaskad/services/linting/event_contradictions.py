"""Contradictions of event checks: an event must and must not have happened, and one time lies within the other."""

from __future__ import annotations

from collections.abc import Sequence

from kaskad.domain.journeys.condition import DidEvent, Op


def find_event_contradiction(deeds: Sequence[DidEvent]) -> str | None:
    """Returns the first event that has to happen more often than it may; None if nothing is plainly impossible."""
    for yes in deeds:
        for no in deeds:
            least, less = _least(yes), _less_than(no)
            if least and less is not None and least >= less and _within(yes, no):
                return yes.event
    return None


def _least(did: DidEvent) -> int:
    """Returns how often it has to have happened, at least."""
    if did.times is None:
        return 0 if did.negated else 1
    match did.times.op, did.negated:
        case (Op.IS | Op.AT_LEAST, False) | (Op.LESS_THAN, True):
            return did.times.value
        case (Op.MORE_THAN, False) | (Op.AT_MOST, True):
            return did.times.value + 1
    return 0


def _less_than(did: DidEvent) -> int | None:
    """Returns the count that it must stay below; None if there is no such limit."""
    if did.times is None:
        return 1 if did.negated else None
    match did.times.op, did.negated:
        case (Op.LESS_THAN, False) | (Op.AT_LEAST, True):
            return did.times.value
        case (Op.IS | Op.AT_MOST, False) | (Op.MORE_THAN, True):
            return did.times.value + 1
    return None


def _within(yes: DidEvent, no: DidEvent) -> bool:
    """Returns whether every event that counts for the one counts for the other as well."""
    alike = (
        yes.event == no.event and no.same in (None, yes.same) and all(condition in yes.where for condition in no.where)
    )
    return alike and _lies_in(yes, no)


def _lies_in(yes: DidEvent, no: DidEvent) -> bool:
    """Returns whether the time of the one lies within the other's; "since entering" has no fixed length."""
    if no.since_enter:
        return yes.since_enter
    if no.within is None:
        return True
    return yes.within is not None and yes.within.as_timedelta <= no.within.as_timedelta
