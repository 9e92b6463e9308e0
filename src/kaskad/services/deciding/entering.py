"""Entrances at which nothing happens: who has come into a segment, whose date is near, whose hour has struck.

All customers are looked at in turn, a thousand at a time, each chunk a transaction of its own: a round that is cut
short goes on where it stopped, and however many look at the same time, nobody enters twice. A look that fails is put
off, longer each time, and stops no other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from kaskad.domain.decisions import date_triggers
from kaskad.domain.journeys.entry_trigger import POLLED_TRIGGERS, DateTrigger, ScheduleTrigger, SegmentTrigger
from kaskad.domain.journeys.project import ShopInfo
from kaskad.services.deciding import candidates
from kaskad.services.deciding.candidates import Knock
from kaskad.services.hearing.ingest import LATE_AFTER
from kaskad.services.mending.faults import PAUSE, fault_of, is_own_fault
from kaskad.services.needs import HasCatalogue, HasDatabase
from kaskad.services.points import Point, reached
from kaskad.storage import clock, enrollments, looks, notices
from kaskad.storage.database import Connection
from kaskad.storage.looks import Dated
from kaskad.storage.persons import zone_of
from kaskad.storage.versions import Published

CHUNK = 1_000
EVERY = timedelta(hours=1)  # segments and dates
Looked = SegmentTrigger | DateTrigger | ScheduleTrigger
AHEAD = timedelta(hours=24)  # dates are known before: who looks late is late for nobody

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next `size` customers of a round: those `after` the last one, looked at `now`, about the instant `at`."""

    published: Published
    enter: Looked
    since: datetime
    now: datetime
    at: datetime
    after: int
    size: int
    shop: ShopInfo


class EnteringDeps(HasDatabase, HasCatalogue, Protocol):
    """What looking who enters needs."""


async def look_next(
    deps: EnteringDeps, journey: str | None = None, *, chunk: int = CHUNK, puts_off: bool = True
) -> int | None:
    """Makes candidates of the next customers of one look that is due; how many, or None where none is due.

    With `journey`, of that one alone. A look that fails is put off, so that the next one can be taken; it is raised
    where `puts_off` is false, and where it is no fault of the look's own.
    """
    look: dict[str, Any] | None = None
    try:
        async with deps.database.transaction() as connection:
            await deps.catalogue.refresh(connection)
            now = await clock.read(connection)
            look = await looks.take(connection, journey, now)
            return None if look is None else await _look_at(deps, connection, look, now, chunk)
    except Exception as error:
        if look is None or not puts_off or not is_own_fault(error):
            raise
        await _put_off(deps, look, error)
        return 0


async def _look_at(deps: EnteringDeps, connection: Connection, look: dict[str, Any], now: datetime, size: int) -> int:
    """Looks at the next customers of this look; `at` says from then on which instant it is about."""
    name = look["journey"]
    if name not in deps.catalogue.current:  # its file is gone
        await looks.forget(connection, name, now)
        return 0
    version_id, paused = deps.catalogue.current[name]
    published = await deps.catalogue.version(connection, version_id)
    enter = published.version.journey.enter
    if not isinstance(enter, POLLED_TRIGGERS):
        await looks.forget(connection, name, now)
        return 0
    at = look["at"] = look["at"] or _round(enter, now)
    shop = deps.catalogue.project.shop
    piece = Chunk(published, enter, look["since"], now, at, look["after_customer"], size, shop)
    came = await _look(connection, piece, paused)
    if look["faults"] and came is not None:
        await looks.mended(connection, name, now)
    return came or 0


async def _put_off(deps: EnteringDeps, look: dict[str, Any], error: BaseException) -> None:
    fault = fault_of(error)
    log.warning("looking who enters %s: %s", look["journey"], fault)
    async with deps.database.transaction() as connection:
        now = await clock.read(connection)
        await looks.put_off(connection, look, fault, now, pause=PAUSE, longest=EVERY)
        await notices.tell(connection)


async def is_due(deps: EnteringDeps, journey: str) -> bool:
    """Whether a look at this journey's entrance is due, and nobody is at it."""
    async with deps.database.transaction() as connection:
        now = await clock.read(connection)
        return await looks.take(connection, journey, now) is not None


async def expect(connection: Connection, published: Published, now: datetime) -> None:
    """Has the version looked at, from now on, where its entrance needs that: a segment and dates at once."""
    journey = published.version.journey
    match journey.enter:
        case ScheduleTrigger():
            tick = date_triggers.next_tick(journey.enter, now)
            await looks.expect(connection, journey.name, now, tick, at_once=False)
        case SegmentTrigger() | DateTrigger():
            await looks.expect(connection, journey.name, now, now, at_once=True)
            await notices.tell(connection)


async def _look(connection: Connection, chunk: Chunk, paused: bool) -> int | None:
    """How many people of the chunk may enter; None where nobody was looked at."""
    journey = chunk.published.version.journey.name
    if paused or chunk.at < chunk.now - LATE_AFTER:  # nobody enters; what ticked meanwhile has ticked
        await looks.rest_until(connection, journey, _after(chunk.enter, chunk.now))
        return None
    knocks, last = await _knocks(connection, chunk)
    await enrollments.lock_customers(connection, [knock.customer for knock in knocks])
    rows = await candidates.rows(connection, chunk.published, await _new(connection, journey, knocks))
    await enrollments.upsert_candidates(connection, rows)
    await reached(Point.LOOKING_WHO_ENTERS)
    if last is None:
        await looks.rest_until(connection, journey, _after(chunk.enter, chunk.at))
    else:
        await looks.go_on(connection, journey, chunk.at, last)
    if rows:
        await notices.tell(connection)
    return len(rows)


def _round(enter: Looked, now: datetime) -> datetime:
    """The instant that a round beginning now is about."""
    return date_triggers.last_tick(enter, now) if isinstance(enter, ScheduleTrigger) else now


def _after(enter: Looked, at: datetime) -> datetime:
    """When the round after the one of `at` is due."""
    return date_triggers.next_tick(enter, at) if isinstance(enter, ScheduleTrigger) else at + EVERY


async def _knocks(connection: Connection, chunk: Chunk) -> tuple[list[Knock], int | None]:
    """Who of the next customers is at the door, and the last one looked at; None is the end."""
    enter, now = chunk.enter, chunk.now
    if isinstance(enter, DateTrigger):
        return await _dated(connection, chunk, enter)
    by_clock = isinstance(enter, ScheduleTrigger)
    came_into = None if by_clock else chunk.published.version.journey.name
    people, last = await looks.people_inside(connection, enter.where, now, chunk.after, chunk.size, came_into=came_into)
    at = chunk.at if by_clock else now
    return [Knock(one, {}, f"{enter.kind}:{at.isoformat()}", at, now, asked=False) for one in people], last


async def _dated(connection: Connection, chunk: Chunk, enter: DateTrigger) -> tuple[list[Knock], int | None]:
    since, until = max(chunk.since, chunk.now - LATE_AFTER), chunk.now + AHEAD
    days = date_triggers.days_to_scan(enter, since, until)
    dated = await looks.people_dated(connection, enter, days, chunk.now, chunk.after, chunk.size)
    knocks = [knock for one in dated for knock in _by_date(enter, one, since, until, chunk.shop)]
    return knocks, dated[-1].customer if len(dated) == chunk.size else None


def _by_date(enter: DateTrigger, one: Dated, since: datetime, until: datetime, shop: ShopInfo) -> Iterator[Knock]:
    for name, moment in date_triggers.date_occurrences(enter, one.value, zone_of(one.time_zone, shop), since, until):
        yield Knock(one.customer, date_triggers.date_entry_data(name), f"date:{name}", moment, moment, asked=False)


async def _new(connection: Connection, journey: str, knocks: Sequence[Knock]) -> list[Knock]:
    """Those who have not come to the door for this yet; or who wait there for longer than they would have to now."""
    known = await looks.known_entries(connection, journey, [(knock.customer, knock.message_id) for knock in knocks])
    return [
        knock
        for knock in knocks
        if (there := known.get((knock.customer, knock.message_id))) is None or (there.waits and knock.at < there.at)
    ]
