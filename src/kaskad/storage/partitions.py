"""The months of the tables that grow: made ahead, let go as a whole.

Each such table has a default partition, which takes whatever no month is there for: nothing is ever refused, and
nothing depends on a month being there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg

from kaskad.storage.database import Connection

AHEAD = 2  # months after this one
PATIENCE = "SET LOCAL lock_timeout = '300ms'"  # who waits for a table makes everybody after it wait


@dataclass(frozen=True, slots=True)
class Monthly:
    """A table that is laid out by month, the column that tells which, and the storage settings of each month."""

    table: str
    column: str
    settings: str = ""

    @property
    def default(self) -> str:
        """Its default partition."""
        return f"{self.table}_default"

    def name(self, month: date) -> str:
        """The partition of a month: `event_2026_11`."""
        return f"{self.table}_{month.isoformat()[:7].replace('-', '_')}"


EVENTS = Monthly("event", "occurred_at")
MESSAGES = Monthly("message", "entered_on", "WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01)")
DECISIONS = Monthly("decision", "at")
MONTHLY = (EVENTS, MESSAGES, DECISIONS)


def month_of(at: date) -> date:
    """The first day of the month, in UTC."""
    return date(at.year, at.month, 1)


def months(first: date, last: date) -> Iterator[date]:
    """Every month from that of `first` to that of `last`, by its first day."""
    month = month_of(first)
    while month <= last:
        yield month
        month = following(month)


def following(month: date) -> date:
    """The first day of the next month."""
    return month_of(month.replace(day=1) + timedelta(days=31))


def ahead(now: datetime) -> Iterator[date]:
    """The months that should be there: the one before, this one, and those to come."""
    last = now.date()
    for _ in range(AHEAD):
        last = following(last)
    return months(month_of(now.date()) - timedelta(days=1), last)


def prepare(connection: psycopg.Connection, now: datetime) -> None:
    """Makes the months around `now` where they are missing, in a transaction of each table."""
    for monthly in MONTHLY:
        with connection.transaction():
            there = {name for (name,) in connection.execute(_partitions(monthly)).fetchall()}
            for month in ahead(now):
                if monthly.name(month) not in there:
                    for sql in _making(monthly, month):
                        connection.execute(sql)


async def there(connection: Connection, monthly: Monthly) -> list[date]:
    """The months that the table has, oldest first."""
    cursor = await connection.execute(_partitions(monthly))
    names = {row["relname"] for row in await cursor.fetchall()} - {monthly.default}
    return sorted(date(int(name[-7:-3]), int(name[-2:]), 1) for name in names)


async def astray(connection: Connection, monthly: Monthly) -> list[date]:
    """The months of what lies in the default partition, oldest first."""
    cursor = await connection.execute(
        f"SELECT DISTINCT date_trunc('month', {monthly.column})::date AS month FROM {monthly.default} ORDER BY month"
    )
    return [row["month"] for row in await cursor.fetchall()]


async def ensure(connection: Connection, monthly: Monthly, month: date) -> bool:
    """Makes the month, unless it is there (False). What lay in the default partition moves into it.

    Nobody reads or writes the table meanwhile; who holds it for long makes this give up (psycopg's LockNotAvailable).
    """
    if month in await there(connection, monthly):
        return False
    await connection.execute(PATIENCE)
    for sql in _making(monthly, month):
        await connection.execute(sql)
    return True


async def drop(connection: Connection, monthly: Monthly, month: date) -> None:
    """Lets the month go with all its rows; gives up like `ensure`."""
    await connection.execute(PATIENCE)
    await connection.execute(f"DROP TABLE {monthly.name(month)}")


def _partitions(monthly: Monthly) -> str:
    return f"""SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = '{monthly.table}'::regclass"""


def _making(monthly: Monthly, month: date) -> Iterator[str]:
    """The table is locked first: whoever comes later sees the rows where they are then."""
    table, name, column = monthly.table, monthly.name(month), monthly.column
    first, after = f"'{month} 00:00+00'", f"'{following(month)} 00:00+00'"
    yield f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"
    yield f"CREATE TABLE {name} (LIKE {monthly.default} INCLUDING ALL EXCLUDING IDENTITY) {monthly.settings}"
    yield f"""WITH moved AS (DELETE FROM {monthly.default} WHERE {column} >= {first} AND {column} < {after} RETURNING *)
              INSERT INTO {name} SELECT * FROM moved"""
    yield f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({after})"
