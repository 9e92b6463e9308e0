"""When a date or a schedule starts a journey: pure, in the customer's zone, with clock changes and leap years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim

from kaskad.domain.decisions.local_time import at_clock_time
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.entry_trigger import DateTrigger, ScheduleTrigger

DAY = timedelta(days=1)
YEARLESS = "--"  # begins a day that is known without its year: `--03-04`
LEAP_YEAR = "2000"


def date_occurrences(
    enter: DateTrigger, value: str, zone: ZoneInfo, *, since: datetime, until: datetime
) -> Iterator[tuple[str, datetime]]:
    """Yields each occurrence of the date from `since` to before `until`: its name, and when the customer enters.

    `value` is the date in the profile; a value that is no date has no occurrence. The name does not depend on the zone.
    """
    years = range((since - 2 * DAY).year, (until + timedelta(days=enter.days_before + 2)).year + 1)
    for name in dict.fromkeys(_occurrence_names(enter, value, years)):
        moment = date_trigger_time(enter, name, value, zone=zone)
        if moment is not None and since <= moment < until:
            yield name, moment


def date_trigger_time(enter: DateTrigger, name: str | None, value: str | None, *, zone: ZoneInfo) -> datetime | None:
    """When the customer enters for that occurrence, in UTC, by the date as it is now; None if the date was changed."""
    day = _day(value or "")
    if day is None or value is None or name is None:
        return None
    if enter.every:
        year = int(name[:4])
        local_day = _anniversary(enter, day, year)
        if local_day.isoformat() != name:
            return None
    elif name != _single_occurrence_name(enter, value):
        return None
    else:
        local_day = _local_day(enter, value, zone)
    return at_clock_time(local_day - enter.days_before * DAY, enter.at, zone)


def days_to_scan(enter: DateTrigger, since: datetime, until: datetime) -> list[date]:
    """The calendar days, in any zone, with occurrences that can start the journey between these two instants."""
    first = (since - DAY).date() + enter.days_before * DAY
    last = (until + DAY).date() + enter.days_before * DAY
    return [first + count * DAY for count in range((last - first).days + 1)]


def next_tick(enter: ScheduleTrigger, after: datetime) -> datetime:
    """The first time of the schedule after that instant, in UTC."""
    return next(CronSim(enter.cron, after.astimezone(ZoneInfo(enter.zone)))).astimezone(UTC)


def last_tick(enter: ScheduleTrigger, until: datetime) -> datetime:
    """The last time of the schedule until then, in UTC."""
    later = until.astimezone(ZoneInfo(enter.zone)) + timedelta(seconds=1)  # the instant of the tick itself counts
    return next(CronSim(enter.cron, later, reverse=True)).astimezone(UTC)


def date_entry_data(name: str) -> Mapping[str, Any]:
    """The data that an entry stores about its occurrence."""
    return {"date": name}


def _occurrence_names(enter: DateTrigger, value: str, years: range) -> Iterator[str]:
    day = _day(value)
    if day is None:
        return
    if not enter.every:
        if name := _single_occurrence_name(enter, value):
            yield name
        return
    for year in years:
        yield _anniversary(enter, day, year).isoformat()


def _anniversary(enter: DateTrigger, day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February in a year that is no leap year
        return date(year, 2, 28) if enter.feb_29 == "feb_28" else date(year, 3, 1)


def _single_occurrence_name(enter: DateTrigger, value: str) -> str | None:
    """The name of an occurrence that comes once: the day, or the instant in UTC; None for a day without a year."""
    if value.startswith(YEARLESS):
        return None
    return value[:10] if enter.type is ValueType.DATE else _instant(value).isoformat()


def _local_day(enter: DateTrigger, value: str, zone: ZoneInfo) -> date:
    if enter.type is ValueType.DATE:
        return date.fromisoformat(value[:10])
    return _instant(value).astimezone(zone).date()


def _instant(value: str) -> datetime:
    """A time as the event store reads it: without a zone it is UTC; a day alone is its midnight in UTC."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        read = datetime.fromisoformat(value[:10])
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _day(value: str) -> date | None:
    """The day as written, in a leap year if it has none; None if it is no day."""
    written = f"{LEAP_YEAR}-{value.removeprefix(YEARLESS)}" if value.startswith(YEARLESS) else value[:10]
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
