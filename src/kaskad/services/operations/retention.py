"""Retention: creates partitions ahead and drops whole months; data that a live enrollment needs is kept.

Events are kept from the day on which the oldest live enrollment entered: exits and conditions read them.
Messages are kept with their enrollment, and an enrollment until it ended long enough ago; of one that is deleted,
what `again_after` needs is kept. Consents, attributes and carts are never deleted here. Nothing needs rejected
events, nor the rows of addresses that nobody has any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from kaskad.domain.decisions.shared_address import LONGEST
from kaskad.domain.journeys.policy import RetentionPolicy
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, source_alerts
from kaskad.storage.database import Connection
from kaskad.storage.growth import partitions, retention
from kaskad.storage.growth.partitions import DECISIONS, EVENTS, MESSAGES, MONTHLY_TABLES, MonthlyTable
from kaskad.storage.ingestion import identities, rejected_events
from kaskad.storage.people import addresses, merges
from kaskad.storage.people.addresses import Address

BATCH_SIZE = 10_000  # rows deleted in one transaction
COUNTS_KEPT = timedelta(days=60)  # of rejected events, day by day


class RetentionDeps(HasDatabase, HasCatalogue, Protocol):
    """What retention needs."""


@dataclass(frozen=True, slots=True)
class RetentionResult:
    """What was deleted: months by table name, enrollments that had ended, ids of old events, and
    events that were rejected.

    `needed` are months that are old enough, but kept for live enrollments.
    """

    months: Mapping[str, tuple[date, ...]]
    needed: Mapping[str, tuple[date, ...]]
    enrollments: int
    repeats: int
    rejected: int = 0


async def create_partitions(deps: RetentionDeps) -> int:
    """Creates the months to come, and those of rows in no month. Returns how many. One transaction each.

    Raises Unavailable if a table is too busy; what was created stays.
    """
    made = 0
    for monthly in MONTHLY_TABLES:
        async with deps.database.transaction() as connection:
            wanted = {
                *partitions.list_expected_months(await clock.read_now(connection)),
                *await partitions.list_default_months(connection, monthly),
            }
            missing = wanted - set(await partitions.list_months(connection, monthly))
        for month in sorted(missing):
            made += await run_in_transaction(
                deps.database, partial(partitions.create_month, monthly=monthly, month=month)
            )
    return made


async def delete_expired(deps: RetentionDeps) -> RetentionResult:
    """Deletes everything that was kept long enough, in portions. Raises Unavailable if a table is too busy."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now = await clock.read_now(connection)
    keep = deps.catalogue.project.policy.keep
    repeats = await _delete_repeats(deps, now - keep.repeats.longest)
    enrollments = await _delete_enrollments(deps, now - keep.messages.longest)
    await _delete_touches(deps, now - LONGEST)
    await _delete_addresses(deps)
    async with deps.database.transaction() as connection:
        refused = await rejected_events.delete_rejected_before(connection, now - keep.rejected.longest)
        await identities.delete_conflicts_before(connection, now - keep.rejected.longest)
        await merges.forget_states(connection, now - keep.decisions.longest)
        await source_alerts.delete_counts_before(connection, (now - COUNTS_KEPT).date())
    months, needed = {}, {}
    for monthly, before in _partition_limits(keep, now).items():
        async with deps.database.transaction() as connection:
            old, stay = await _old_months(connection, monthly, before)
        for month in old:
            await run_in_transaction(deps.database, partial(partitions.drop_month, monthly=monthly, month=month))
        months[monthly.table], needed[monthly.table] = old, stay
    async with deps.database.transaction() as connection:
        await retention.analyze_tables(connection)
    return RetentionResult(months, needed, enrollments, repeats, refused)


def _partition_limits(keep: RetentionPolicy, now: datetime) -> dict[MonthlyTable, date]:
    """Returns for each table: months that ended by then are old enough."""
    return {
        EVENTS: (now - keep.events.longest).date(),
        MESSAGES: (now - keep.messages.longest).date(),
        DECISIONS: (now - keep.decisions.longest).date(),
    }


async def _old_months(
    connection: Connection, monthly: MonthlyTable, before: date
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Returns the months that may be dropped, and those as old that are still needed."""
    months = [
        month for month in await partitions.list_months(connection, monthly) if partitions.next_month(month) <= before
    ]
    needed: set[date] = set()
    if months and monthly is EVENTS:
        first = await retention.find_oldest_active_month(connection)
        needed = {month for month in months if first is not None and month >= first}
    elif months and monthly is MESSAGES:
        needed = await retention.list_entry_months(connection, before)
    old = tuple(month for month in months if month not in needed)
    return old, tuple(month for month in months if month in needed)


async def _delete_repeats(deps: RetentionDeps, before: datetime) -> int:
    total = 0
    while True:
        async with deps.database.transaction() as connection:
            gone = await retention.delete_seen_events(connection, before, BATCH_SIZE)
        total += gone
        if gone < BATCH_SIZE:
            return total


async def _delete_touches(deps: RetentionDeps, before: datetime) -> None:
    """Deletes what was sent to addresses so long ago that it counts for nobody."""
    gone = BATCH_SIZE
    while gone == BATCH_SIZE:
        async with deps.database.transaction() as connection:
            gone = await addresses.delete_touches(connection, before, BATCH_SIZE)


async def _delete_addresses(deps: RetentionDeps) -> None:
    """Deletes the rows of addresses that nobody has any more: they were replaced, or only refused. Closed ones stay so.

    A row is locked before it is looked at again, and nobody gets an address without that lock.
    """
    last: Address | None = ("", "")
    while last is not None:
        async with deps.database.transaction() as connection:
            unheld, last = await addresses.list_unheld(connection, last, BATCH_SIZE)
            await addresses.delete_unused(connection, unheld)


async def _delete_enrollments(deps: RetentionDeps, before: datetime) -> int:
    total, last = 0, 0
    while True:
        async with deps.database.transaction() as connection:
            done = await retention.delete_enrollments(connection, before, last, limit=BATCH_SIZE)
        total, last = total + done.gone, done.last
        if done.over:
            return total
