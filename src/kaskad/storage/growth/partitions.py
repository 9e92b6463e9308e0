"""Monthly partitions of the large tables: created ahead, dropped as a whole.

Each such table has a default partition for rows without a month: so no row is ever refused, and nothing depends on a
month's partition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg

from kaskad.storage.database import Connection

MONTHS_AHEAD = 2  # months after this one
SET_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '300ms'"  # a lock request that waits blocks all later ones


@dataclass(frozen=True, slots=True)
class MonthlyTable:
    """A table with monthly partitions, the column that selects the month, and the storage settings of each month."""

    table: str
    column: str
    settings: str = ""

    @property
    def default(self) -> str:
        """The name of its default partition."""
        return f"{self.table}_default"

    def name(self, month: date) -> str:
        """The name of a month's partition: `event_2026_11`."""
        return f"{self.table}_{month.isoformat()[:7].replace('-', '_')}"


EVENTS = MonthlyTable("event", "occurred_at")
MESSAGES = MonthlyTable("message", "entered_on", "WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01)")
DECISIONS = MonthlyTable("decision", "at")
MONTHLY_TABLES = (EVENTS, MESSAGES, DECISIONS)


def start_of_month(at: date) -> date:
    """The first day of the month, in UTC."""
    return date(at.year, at.month, 1)


def iterate_months(first: date, last: date) -> Iterator[date]:
    """Yields the first day of every month from that of `first` to that of `last`."""
    month = start_of_month(first)
    while month <= last:
        yield month
        month = next_month(month)


def next_month(month: date) -> date:
    """The first day of the next month."""
    return start_of_month(month.replace(day=1) + timedelta(days=31))


def list_expected_months(now: datetime) -> Iterator[date]:
    """Yields the months that should exist: the one before, this one, and the next ones."""
    last = now.date()
    for _ in range(MONTHS_AHEAD):
        last = next_month(last)
    return iterate_months(start_of_month(now.date()) - timedelta(days=1), last)


def create_missing_months(connection: psycopg.Connection, now: datetime) -> None:
    """Creates the missing months around `now`, in one transaction per table."""
    for monthly in MONTHLY_TABLES:
        with connection.transaction():
            there = {name for (name,) in connection.execute(_partitions_sql(monthly)).fetchall()}
            for month in list_expected_months(now):
                if monthly.name(month) not in there:
                    for sql in _create_statements(monthly, month):
                        connection.execute(sql)


async def list_months(connection: Connection, monthly: MonthlyTable) -> list[date]:
    """The months of the table, oldest first."""
    cursor = await connection.execute(_partitions_sql(monthly))
    names = {row["relname"] for row in await cursor.fetchall()} - {monthly.default}
    return sorted(date(int(name[-7:-3]), int(name[-2:]), 1) for name in names)


async def list_default_months(connection: Connection, monthly: MonthlyTable) -> list[date]:
    """The months of the rows in the default partition, oldest first."""
    cursor = await connection.execute(
        f"SELECT DISTINCT date_trunc('month', {monthly.column})::date AS month FROM {monthly.default} ORDER BY month"
    )
    return [row["month"] for row in await cursor.fetchall()]


async def create_month(connection: Connection, monthly: MonthlyTable, month: date) -> bool:
    """Creates the month; False if it exists. Its rows in the default partition move into it.

    The table is locked meanwhile; if another transaction keeps it busy, this raises psycopg's LockNotAvailable.
    """
    if month in await list_months(connection, monthly):
        return False
    await connection.execute(SET_LOCK_TIMEOUT)
    for sql in _create_statements(monthly, month):
        await connection.execute(sql)
    return True


async def drop_month(connection: Connection, monthly: MonthlyTable, month: date) -> None:
    """Drops the month with all its rows; gives up like `create_month`."""
    await connection.execute(SET_LOCK_TIMEOUT)
    await connection.execute(f"DROP TABLE {monthly.name(month)}")


def _partitions_sql(monthly: MonthlyTable) -> str:
    return f"""SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = '{monthly.table}'::regclass"""


def _create_statements(monthly: MonthlyTable, month: date) -> Iterator[str]:
    """Yields the statements. The first one locks the table: later transactions see the rows in their new place."""
    table, name, column = monthly.table, monthly.name(month), monthly.column
    first, after = f"'{month} 00:00+00'", f"'{next_month(month)} 00:00+00'"
    yield f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"
    yield f"CREATE TABLE {name} (LIKE {monthly.default} INCLUDING ALL EXCLUDING IDENTITY) {monthly.settings}"
    yield f"""WITH moved AS (DELETE FROM {monthly.default} WHERE {column} >= {first} AND {column} < {after} RETURNING *)
              INSERT INTO {name} SELECT * FROM moved"""
    yield f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({after})"
