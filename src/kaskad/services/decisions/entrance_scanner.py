"""Scans entrances without an event: a customer joined a segment, a date is near, a scheduled hour has come.

A scan reads all customers, a thousand at a time; each chunk is a transaction of its own. An interrupted round
continues where it stopped, and concurrent scans never enroll a customer twice. A scan that fails is postponed, longer
each time, and stops no other scan.

While an import is open, scans wait. The first one of a segment after it notes who is inside, and lets nobody in; dates
that came by then start nothing. A schedule depends on no change: its tick is late by that, and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from kaskad.domain.decisions import date_triggers
from kaskad.domain.events import LATE_AFTER
from kaskad.domain.journeys.entry_trigger import POLLED_TRIGGERS, DateTrigger, ScheduleTrigger, SegmentTrigger
from kaskad.domain.journeys.project import ShopInfo
from kaskad.services.decisions import candidates
from kaskad.services.decisions.candidates import EntryRequest
from kaskad.services.failures.enrollment_failures import FIRST_RETRY_DELAY, describe_failure, is_statement_failure
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, enrollments, entrance_scans, notifications
from kaskad.storage.database import Connection
from kaskad.storage.entrance_scans import DateCandidate, DueScan
from kaskad.storage.facts.profiles import resolve_time_zone
from kaskad.storage.publishing.versions import PublishedVersion

CHUNK_SIZE = 1_000
SCAN_INTERVAL = timedelta(hours=1)  # segments and dates
PolledEntrance = SegmentTrigger | DateTrigger | ScheduleTrigger
DATE_LOOKAHEAD = timedelta(hours=24)  # dates are known in advance, so a late scan is still in time

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScanChunk:
    """The next `size` customers of a round: those `after` the last one, scanned `now`, for the instant `at`."""

    published: PublishedVersion
    enter: PolledEntrance
    since: datetime
    now: datetime
    at: datetime
    after: int
    size: int
    shop: ShopInfo
    imported_at: datetime | None = None  # an import ended then: what holds by then lets nobody in

    @property
    def notes(self) -> bool:
        """Whether this round only notes who is inside."""
        return self.imported_at is not None and isinstance(self.enter, SegmentTrigger)


class EntranceScanDeps(HasDatabase, HasCatalogue, Protocol):
    """What entrance scans need."""


async def scan_next(
    deps: EntranceScanDeps, journey: str | None = None, *, chunk: int = CHUNK_SIZE, puts_off: bool = True
) -> int | None:
    """Makes candidates of the next customers of one due scan. Returns how many, or None if no scan is due.

    With `journey`, only that journey is scanned. A scan that fails is postponed, so that the next one can be taken; the
    error is raised if `puts_off` is false, or if the scan itself is not at fault.
    """
    look: DueScan | None = None

    async def work(connection: Connection) -> int | None:
        nonlocal look
        await deps.catalogue.refresh(connection)
        now = await clock.read_now(connection)
        look = await entrance_scans.take_due_scan(connection, journey, now)
        return None if look is None else await _run_scan(deps, connection, look, now=now, size=chunk)

    try:
        return await run_in_transaction(deps.database, work)
    except Exception as error:
        if look is None or not puts_off or not is_statement_failure(error):
            raise
        await _put_off(deps, look, error)
        return 0


async def _run_scan(deps: EntranceScanDeps, connection: Connection, look: DueScan, *, now: datetime, size: int) -> int:
    """Scans the next customers and returns how many may enter; from then on `at` is the instant of the round."""
    name = look.journey
    if name not in deps.catalogue.current:  # its file was removed
        await entrance_scans.delete_scan(connection, name, now)
        return 0
    version_id, paused = deps.catalogue.current[name]
    published = await deps.catalogue.version(connection, version_id)
    enter = published.version.journey.enter
    if not isinstance(enter, POLLED_TRIGGERS):
        await entrance_scans.delete_scan(connection, name, now)
        return 0
    at = look.at = look.at or _round_instant(enter, now)
    shop = deps.catalogue.project.shop
    piece = ScanChunk(published, enter, look.since, now, at, look.after_customer, size, shop, look.imported_at)
    came = await _scan_chunk(connection, piece, paused)
    if look.faults and came is not None:
        await entrance_scans.close_scan_alert(connection, name, now)
    return came or 0


async def _put_off(deps: EntranceScanDeps, look: DueScan, error: BaseException) -> None:
    fault = describe_failure(error)
    log.warning("looking who enters %s: %s", look.journey, fault)
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
        await entrance_scans.postpone_scan(
            connection, look, fault, now=now, pause=FIRST_RETRY_DELAY, longest=SCAN_INTERVAL
        )
        await notifications.notify_due(connection)


async def is_scan_due(deps: EntranceScanDeps, journey: str) -> bool:
    """Returns whether a scan of this journey's entrance is due and no worker runs it."""
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
        return await entrance_scans.take_due_scan(connection, journey, now) is not None


async def schedule_scan(connection: Connection, published: PublishedVersion, now: datetime) -> None:
    """Schedules scans of the version, if its entrance needs them: for a segment and for dates at once."""
    journey = published.version.journey
    match journey.enter:
        case ScheduleTrigger():
            tick = date_triggers.next_tick(journey.enter, now)
            await entrance_scans.schedule_scan(connection, journey.name, now, due_at=tick, at_once=False)
        case SegmentTrigger() | DateTrigger():
            await entrance_scans.schedule_scan(connection, journey.name, now, due_at=now, at_once=True)
            await notifications.notify_due(connection)


async def _scan_chunk(connection: Connection, chunk: ScanChunk, paused: bool) -> int | None:
    """Returns how many customers of the chunk may enter; None if nobody was scanned."""
    journey = chunk.published.version.journey.name
    if paused or chunk.at < chunk.now - LATE_AFTER:  # nobody enters; ticks of that time are skipped
        await entrance_scans.complete_round(connection, journey, _next_round_at(chunk.enter, chunk.now))
        return None
    requests, last = await _entry_requests(connection, chunk)
    if chunk.notes:
        requests = []
    standing = await enrollments.follow_and_lock(connection, [request.customer for request in requests])
    # a merge lets nobody in: who was merged meanwhile is scanned as the other
    requests = [request for request in requests if standing.get(request.customer) == request.customer]
    rows = await candidates.build_rows(connection, chunk.published, await _filter_new(connection, journey, requests))
    await enrollments.upsert_candidates(connection, rows)
    await failpoint(Failpoint.SCANNING_ENTRANCE)
    if last is None:
        due_at = _next_round_at(chunk.enter, chunk.at)
        await entrance_scans.complete_round(connection, journey, due_at, noted=chunk.notes)
    else:
        await entrance_scans.save_progress(connection, journey, chunk.at, after=last)
    if rows:
        await notifications.notify_due(connection)
    return len(rows)


def _round_instant(enter: PolledEntrance, now: datetime) -> datetime:
    """Returns the instant that a round beginning now is for."""
    return date_triggers.last_tick(enter, now) if isinstance(enter, ScheduleTrigger) else now


def _next_round_at(enter: PolledEntrance, at: datetime) -> datetime:
    """Returns when the round after the one of `at` is due."""
    return date_triggers.next_tick(enter, at) if isinstance(enter, ScheduleTrigger) else at + SCAN_INTERVAL


async def _entry_requests(connection: Connection, chunk: ScanChunk) -> tuple[list[EntryRequest], int | None]:
    """Returns the entry requests of the next customers and the last customer scanned; None at the end of the round."""
    enter, now = chunk.enter, chunk.now
    if isinstance(enter, DateTrigger):
        return await _date_requests(connection, chunk, enter)
    by_clock = isinstance(enter, ScheduleTrigger)
    only_new_in = None if by_clock else chunk.published.version.journey.name
    people, last = await entrance_scans.scan_segment(
        connection, enter.where, now, after=chunk.after, limit=chunk.size, only_new_in=only_new_in
    )
    at = chunk.at if by_clock else now
    return [
        EntryRequest(customer, {}, f"{enter.kind}:{at.isoformat()}", at, now, asked=False) for customer in people
    ], last


async def _date_requests(
    connection: Connection, chunk: ScanChunk, enter: DateTrigger
) -> tuple[list[EntryRequest], int | None]:
    since = max(chunk.since, chunk.now - LATE_AFTER, chunk.imported_at or chunk.since)
    until = chunk.now + DATE_LOOKAHEAD
    days = date_triggers.days_to_scan(enter, since, until)
    dated = await entrance_scans.scan_dates(connection, enter, days, now=chunk.now, after=chunk.after, limit=chunk.size)
    requests = [
        request
        for candidate in dated
        for request in _requests_on_date(enter, candidate, since, until=until, shop=chunk.shop)
    ]
    return requests, dated[-1].customer if len(dated) == chunk.size else None


def _requests_on_date(
    enter: DateTrigger, candidate: DateCandidate, since: datetime, *, until: datetime, shop: ShopInfo
) -> Iterator[EntryRequest]:
    for name, moment in date_triggers.date_occurrences(
        enter, candidate.value, resolve_time_zone(candidate.time_zone, shop), since=since, until=until
    ):
        yield EntryRequest(
            candidate.customer, date_triggers.date_entry_data(name), f"date:{name}", moment, moment, asked=False
        )


async def _filter_new(connection: Connection, journey: str, requests: Sequence[EntryRequest]) -> list[EntryRequest]:
    """Returns requests that are not known yet, or whose known candidate waits for a later instant than this one."""
    known = await entrance_scans.find_known_entries(
        connection, journey, [(request.customer, request.message_id) for request in requests]
    )
    return [
        request
        for request in requests
        if (there := known.get((request.customer, request.message_id))) is None
        or (there.waits and request.at < there.at)
    ]
