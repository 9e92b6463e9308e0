"""Steps in which time passes: for so long, until a moment, or until something happens."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from kaskad.domain.condition import PathRef
from kaskad.domain.facts import Enrollment, Facts
from kaskad.domain.model import Duration
from kaskad.domain.moment import ENTER, AtClock, AtMoment, Known
from kaskad.domain.moves import Pass, Stay, until_known
from kaskad.domain.program import Node, condition_name
from kaskad.domain.schedule import next_clock, start_of_day
from kaskad.domain.step import WaitForStep, WaitStep

MOVED_AGAIN = timedelta(days=1)  # what may be another moment by then is asked for again
LONGEST_DAYS = 10 * 366  # as of durations: more is a mistake of whoever told it


def wait(node: Node, step: WaitStep, enrollment: Enrollment, facts: Facts, now: datetime) -> Stay | Pass:
    """A wait after a send counts from its first attempt, and never ends before the send does.

    What is until a clock or a moment ends then, whenever it began; one that is past already passes at once.
    """
    since, zone = enrollment.step_since or now, facts.person.zone
    look_again = None
    match step.until:
        case None:
            until = (step.for_ or Duration()).after(enrollment.spoke_at or since, zone)
        case AtClock(at=clock, weekday=weekday):
            until = next_clock(clock, since, zone, weekday)
        case AtMoment() as moment:
            found = _instant(moment, enrollment, facts)
            if found is None:
                return until_known(node.id, now)
            until, look_again = found, None if moment.frozen else now + MOVED_AGAIN
    until = max(until, since)
    if now < until:
        return Stay(min(until, look_again or until))
    return Pass(node.next, until)


def wait_for(node: Node, step: WaitForStep, enrollment: Enrollment, facts: Facts, now: datetime) -> Stay | Pass:
    """On to `then` once it has happened, to `else` when its time is over."""
    then, otherwise = node.branches
    since = enrollment.step_since or now
    if step.event and node.id not in facts.happened:
        return Stay(now)  # just arrived: the next pass brings what has happened since
    happened = facts.happened.get(node.id)
    ends = step.up_to.after(since, facts.person.zone)
    if happened is not None and happened <= ends:
        return Pass(then, happened)
    if step.message and facts.truths.get(condition_name(node.id)) is True:
        return Pass(then, now)
    return Stay(ends) if now < ends else Pass(otherwise, ends)


def _instant(moment: AtMoment, enrollment: Enrollment, facts: Facts) -> datetime | None:
    """The instant that is meant, in UTC; None where a value is not known, or makes no sense."""
    zone = facts.person.zone
    start = enrollment.entered_at if moment.path == ENTER else facts.values.get(moment.path)
    length = _days(facts.values.get(moment.by.path)) if isinstance(moment.by, PathRef) else moment.by
    if length is None or not isinstance(start, date):  # an instant is a date as well
        return None
    try:
        begin = start if isinstance(start, datetime) else start_of_day(start, zone)
        return length.after(begin, zone) if moment.side == "after" else length.before(begin, zone)
    except OverflowError:  # before the year 1, after 9999
        return None


def _days(count: Known) -> Duration | None:
    if not isinstance(count, Decimal) or not 0 <= count <= LONGEST_DAYS:
        return None
    return Duration(seconds=int(count * 86_400))
