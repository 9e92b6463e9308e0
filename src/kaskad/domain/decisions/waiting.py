"""Steps that wait: for a duration, until an instant, or until something happens."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from kaskad.domain.decisions.effects import Advance, Wait, wait_for_value
from kaskad.domain.decisions.local_time import next_clock_time, start_of_day
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import PathRef
from kaskad.domain.journeys.program import condition_name
from kaskad.domain.journeys.step import WaitForStep, WaitStep
from kaskad.domain.journeys.wait_until import ENTER_PATH, PathValue, UntilClockTime, UntilRelativeTime

RECHECK_INTERVAL = timedelta(days=1)  # an instant that can change meanwhile is read again
MAX_DAYS = 10 * 366  # as for durations: a larger number is a mistake of the source


def wait(ctx: StepContext, step: WaitStep) -> Wait | Advance:
    """A wait after a send counts from its first attempt, and never ends before the send does.

    A wait until a clock time or an instant ends then, whenever it began; one that is in the past ends at once.
    """
    now, zone = ctx.now, ctx.facts.person.zone
    since = ctx.enrollment.step_since or now
    look_again = None
    match step.until:
        case None:
            until = (step.for_ or Duration()).after(ctx.enrollment.first_sent_at or since, zone)
        case UntilClockTime(at=clock, weekday=weekday):
            until = next_clock_time(clock, since, zone, weekday=weekday)
        case UntilRelativeTime() as moment:
            found = _resolve_instant(ctx, moment)
            if found is None:
                return wait_for_value(ctx.node.id, now)
            until, look_again = found, None if moment.frozen else now + RECHECK_INTERVAL
    until = max(until, since)
    if now < until:
        return Wait(min(until, look_again or until))
    return Advance(ctx.node.next, until)


def wait_for(ctx: StepContext, step: WaitForStep) -> Wait | Advance:
    """Go on to `then` once it has happened, to `else` when the time is over."""
    node, facts, now = ctx.node, ctx.facts, ctx.now
    then, otherwise = node.branches
    since = ctx.enrollment.step_since or now
    if step.event and node.id not in facts.happened:
        return Wait(now)  # just arrived: the next pass loads what has happened since
    happened = facts.happened.get(node.id)
    ends = step.up_to.after(since, facts.person.zone)
    if happened is not None and happened <= ends:
        return Advance(then, happened)
    if step.message and facts.truths.get(condition_name(node.id)) is True:
        return Advance(then, now)
    return Wait(ends) if now < ends else Advance(otherwise, ends)


def _resolve_instant(ctx: StepContext, moment: UntilRelativeTime) -> datetime | None:
    """The instant in UTC; None if a value is not known or not valid."""
    facts, zone = ctx.facts, ctx.facts.person.zone
    start = ctx.enrollment.entered_at if moment.path == ENTER_PATH else facts.values.get(moment.path)
    length = _to_duration(facts.values.get(moment.by.path)) if isinstance(moment.by, PathRef) else moment.by
    if length is None or not isinstance(start, date):  # a datetime is also a date
        return None
    try:
        begin = start if isinstance(start, datetime) else start_of_day(start, zone)
        return length.after(begin, zone) if moment.side == "after" else length.before(begin, zone)
    except OverflowError:  # before the year 1, after 9999
        return None


def _to_duration(count: PathValue) -> Duration | None:
    if not isinstance(count, Decimal) or not 0 <= count <= MAX_DAYS:
        return None
    return Duration(seconds=int(count * 86_400))
