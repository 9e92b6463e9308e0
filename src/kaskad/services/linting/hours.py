"""Rules about hours of the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.local_time import complement_window, local_date, next_open
from kaskad.domain.journeys.journey import Purpose
from kaskad.services.linting.clock_times import list_clock_times
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity

YEARS_AHEAD = 2


def _empty_window(context: LintContext) -> Iterator[Finding]:
    window, quiet = context.journey.send_window, context.project.policy.quiet_hours
    if window is None or quiet is None or context.journey.purpose is Purpose.TRANSACTIONAL:
        return
    if next_open([window, complement_window(quiet)], context.now, ZoneInfo("UTC")) is None:
        text = (
            f"nothing is ever sent: {window.from_:%H:%M}–{window.to:%H:%M} lies within the quiet hours "
            f"{quiet.from_:%H:%M}–{quiet.to:%H:%M} of policy.yaml"
        )
        yield Finding(("send_window",), text)


def _window_across_midnight(context: LintContext) -> Iterator[Finding]:
    window = context.journey.send_window
    if window and window.from_ > window.to:
        text = f"{window.from_:%H:%M}–{window.to:%H:%M} goes across midnight: it sends at night, and not by day"
        yield Finding(("send_window",), text)


def _ambiguous_hour(context: LintContext) -> Iterator[Finding]:
    zone = ZoneInfo(context.project.shop.time_zone)
    today = local_date(context.now, zone)
    for at, clock in list_clock_times(context.journey):
        if found := _ambiguous_day(clock, today, zone):
            day, change = found
            text = f"{clock:%H:%M} {change} on {day.isoformat()} in {zone.key}, when the clocks change"
            yield Finding(at, text)


def _ambiguous_day(clock: time, first: date, zone: ZoneInfo) -> tuple[date, str] | None:
    """Returns the next day on which the clock shows that time twice, or not at all."""
    for count in range(YEARS_AHEAD * 366):
        early = datetime.combine(first + timedelta(days=count), clock, zone)
        if early.utcoffset() != early.replace(fold=1).utcoffset():
            shown = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
            skipped = shown != early.replace(tzinfo=None)
            return early.date(), "is skipped" if skipped else "comes twice"
    return None


EMPTY_WINDOW = Rule(
    "empty_window",
    Severity.ERROR,
    why="The journey may send only in its `send_window`, and nobody may be written to in the quiet hours of "
    "policy.yaml. Where the one lies within the other, nothing is ever sent.",
    fix="Choose hours that are outside the quiet hours.",
    check=_empty_window,
)
WINDOW_ACROSS_MIDNIGHT = Rule(
    "window_across_midnight",
    Severity.WARNING,
    why="A `send_window` whose `to` is earlier than its `from` goes across midnight: it is open at night and "
    "closed by day. Mostly the two hours were swapped.",
    fix="Swap `from` and `to`.",
    check=_window_across_midnight,
)
AMBIGUOUS_HOUR = Rule(
    "ambiguous_hour",
    Severity.WARNING,
    why="When the clocks change in the shop's zone, this time of the day comes twice, or not at all. Kaskad does "
    "what is due then once, but an hour earlier or later than people expect.",
    fix="Choose a time outside the hour of the change, mostly 01:00–03:00.",
    check=_ambiguous_hour,
)
