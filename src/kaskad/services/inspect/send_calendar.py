"""The messages that are expected in the next days, as far as known today; and what cannot be known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.date_triggers import date_occurrences, days_to_scan, next_tick
from kaskad.domain.decisions.facts import Enrollment
from kaskad.domain.decisions.forecast import Cohort, ForecastMessage, forecast_messages
from kaskad.domain.decisions.local_time import to_local_time
from kaskad.domain.journeys.entry_trigger import (
    DateTrigger,
    EventTrigger,
    ProductTrigger,
    ScheduleTrigger,
    SegmentTrigger,
)
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import EnrollmentStatus
from kaskad.services.describing.entrances import describe_entrance
from kaskad.services.inspect.journey_activity import InspectDeps
from kaskad.storage import clock
from kaskad.storage.database import Connection, read_as_of_now
from kaskad.storage.facts.profiles import resolve_time_zone
from kaskad.storage.outlook import calendar_forecast
from kaskad.storage.outlook.calendar_forecast import CustomerGroup, WaitingGroup
from kaskad.storage.publishing.versions import PublishedVersion

ENTRY_WINDOW = timedelta(days=7)
GENERAL_LIMITS = (
    "What customers do next cannot be known: those who buy or answer get fewer messages than are shown here; caps, "
    "silent sources and missing content may hold more messages. Where branches part on a condition, a customer counts "
    "in every branch that is possible."
)
PlannedSend = tuple[ForecastMessage, str, Decimal]  # what, of which journey, to how many


@dataclass(frozen=True, slots=True)
class CalendarHour:
    """One message in one hour of the shop's clock, by the channel that is tried first.

    `people`: so many get it, unless they leave or it is held. `perhaps`: so many more, if an answer or a condition
    decides so. `latest`: it may take until then.
    """

    day: date
    hour: int
    journey: str
    step: str
    message: str
    channel: str
    people: int
    perhaps: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class SendCalendar:
    """The hours in order, on the clock of `zone`; and what is not in them, in words."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    hours: tuple[CalendarHour, ...]
    unknown: tuple[str, ...]


async def build_calendar(deps: InspectDeps, days: int) -> SendCalendar:
    """Returns the calendar of so many days from now."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        running = await deps.catalogue.running(connection)
        project = deps.catalogue.project
    async with deps.database.transaction() as connection:
        await read_as_of_now(connection)
        now = await clock.read_now(connection)
        until = now + timedelta(days=days)
        sent = [send async for send in _planned_by_inside(deps, connection, now, until=until)]
        sent += [send async for send in _planned_by_queue(connection, now, until)]
        for published in running:
            sent += [send async for send in _planned_by_entrances(deps, connection, published, now=now, until=until)]
        entered = await calendar_forecast.count_entered(connection, now - ENTRY_WINDOW)
    zone = ZoneInfo(project.shop.time_zone)
    unknown = (*_unknown(running, entered), GENERAL_LIMITS)
    return SendCalendar(now, until, zone, tuple(_hours(sent, zone)), unknown)


async def _planned_by_inside(
    deps: InspectDeps, connection: Connection, now: datetime, *, until: datetime
) -> AsyncIterator[PlannedSend]:
    """Yields the messages of live enrollments and of candidates."""
    project = deps.catalogue.project
    for row in await calendar_forecast.load_waiting_groups(connection, now, until):
        version = (await deps.catalogue.version(connection, row.version_id)).version
        people = Cohort(
            _enrollment_of(version, row),
            resolve_time_zone(row.time_zone, project.shop),
            _channels(row.reached or ()),
            _channels(row.tried or ()),
            row.under_way,
        )
        for message in forecast_messages(version, people, project, now=now, until=until):
            yield message, version.journey.name, row.people * message.share


async def _planned_by_queue(connection: Connection, now: datetime, until: datetime) -> AsyncIterator[PlannedSend]:
    for row in await calendar_forecast.load_queued(connection, now, until):
        message = ForecastMessage(row.at, row.at, row.step, row.message, row.channel, Decimal(1), sure=True)
        yield message, row.journey, Decimal(row.people)


async def _planned_by_entrances(
    deps: InspectDeps, connection: Connection, published: PublishedVersion, *, now: datetime, until: datetime
) -> AsyncIterator[PlannedSend]:
    """Yields the messages for customers who will enter by a date or a schedule. Their `if` is not known yet."""
    version, project = published.version, deps.catalogue.project
    journey, enter = version.journey, version.journey.enter
    marketing = journey.purpose is Purpose.MARKETING
    arrivals: list[tuple[CustomerGroup, datetime]] = []
    if isinstance(enter, ScheduleTrigger):
        inside = await calendar_forecast.group_by_segment(connection, enter.where, now, marketing=marketing)
        arrivals = [(many, tick) for tick in _ticks(enter, now, until) for many in inside]
    elif isinstance(enter, DateTrigger):
        days = days_to_scan(enter, now, until)
        for many in await calendar_forecast.group_by_date(connection, enter, days, now=now, marketing=marketing):
            zone = resolve_time_zone(many.zone, project.shop)
            arrivals += [(many, at) for _, at in date_occurrences(enter, many.value, zone, since=now, until=until)]
    for many, at in arrivals:
        newcomer = _new_enrollment(version, at)
        people = Cohort(newcomer, resolve_time_zone(many.zone, project.shop), _channels(many.reached))
        for message in forecast_messages(version, people, project, now=now, until=until):
            yield message, journey.name, many.people * message.share


def _ticks(enter: ScheduleTrigger, now: datetime, until: datetime) -> Iterator[datetime]:
    tick = next_tick(enter, now)
    while tick < until:
        yield tick
        tick = next_tick(enter, tick)


def _new_enrollment(version: Version, at: datetime) -> Enrollment:
    journey = version.journey
    return Enrollment(
        id=0,
        customer=0,
        journey=journey.name,
        status=EnrollmentStatus.CANDIDATE,
        key="",
        sender=journey.sender,
        purpose=journey.purpose,
        entered_at=at,
        last_trigger_at=at,
        due_at=at,
    )


def _enrollment_of(version: Version, row: WaitingGroup) -> Enrollment:
    """Returns one enrollment for the whole group; its times are rounded to hours, for candidates to minutes."""
    return replace(
        _new_enrollment(version, row.entered_at),
        status=row.status,
        purpose=row.purpose,
        due_at=row.due_at,
        direct=row.direct,
        step=row.step,
        step_since=row.step_since,
        first_sent_at=row.spoke_at,
    )


def _channels(names: Iterable[str]) -> frozenset[Channel]:
    known = set(Channel)
    return frozenset(Channel(name) for name in names if name in known)


def _hours(sent: Iterable[PlannedSend], zone: ZoneInfo) -> Iterator[CalendarHour]:
    counts: dict[tuple[Any, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    latest: dict[tuple[Any, ...], datetime] = {}
    for message, journey, people in sent:
        there = to_local_time(message.at, zone)
        key = (there.date(), there.hour, journey, message.step, message.message, message.channel.value)
        counts[key][0 if message.sure else 1] += people
        latest[key] = max(latest.get(key, message.latest), message.latest)
    for key, (people, perhaps) in sorted(counts.items()):
        yield CalendarHour(*key, people=round(people), perhaps=round(perhaps), latest=latest[key])


def _unknown(running: Iterable[PublishedVersion], entered: Mapping[str, int]) -> Iterator[str]:
    for published in running:
        journey = published.version.journey
        if isinstance(journey.enter, EventTrigger | ProductTrigger | SegmentTrigger):
            came = entered.get(journey.name, 0)
            yield (
                f"{journey.name}: {describe_entrance(journey)[0].lower()}{describe_entrance(journey)[1:]}"
                " – whoever comes from now on is "
                f"not counted ({came:,} came in the last {ENTRY_WINDOW.days} days)."
            )
