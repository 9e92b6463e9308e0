"""Months: whatever is stored lies in one of them or in none, and nobody notices which."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import errors

from kaskad.services.operations import retention
from kaskad.storage import partitions
from kaskad.storage.partitions import EVENTS, MESSAGES, MONTHLY_TABLES
from tests.support.past_months import without_months
from tests.support.rules import HOUR, enrollments, event_journey, second_connection, until_blocked, wait, with_journeys
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio

LETTER = event_journey("letter", "app_opened")
QUIET = event_journey(
    "quiet", "app_opened", enter={"quiet_for": HOUR}, steps=[wait(3600), {"kind": "send", "message": "how_was_it"}]
)
MARCH = date(2027, 3, 1)
HOUR_LONG = timedelta(hours=1)


async def lies_in(home: Stack, table: str) -> list[str]:
    """The partitions that the table's rows lie in."""
    rows = await home.rows(f"SELECT DISTINCT tableoid::regclass::text AS part FROM {table} ORDER BY part")
    return [row["part"] for row in rows]


async def test_a_month_takes_over_what_lay_in_none(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await without_months(home)
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.decide("letter")
        assert [await lies_in(home, monthly.table) for monthly in MONTHLY_TABLES] == [
            ["event_default"],
            ["message_default"],
            ["decision_default"],
        ]
        before = [await home.rows(f"SELECT * FROM {monthly.table} ORDER BY id") for monthly in MONTHLY_TABLES]
        assert await retention.create_partitions(home.runtime) == 3 * 4  # of each: February, March, April and May
        assert [await lies_in(home, monthly.table) for monthly in MONTHLY_TABLES] == [
            ["event_2027_03"],
            ["message_2027_03"],
            ["decision_2027_03"],
        ]
        assert [await home.rows(f"SELECT * FROM {monthly.table} ORDER BY id") for monthly in MONTHLY_TABLES] == before
        assert await retention.create_partitions(home.runtime) == 0
        await home.run("letter")
        await home.track("anna", "app_opened")
        await home.run("letter")
        assert len(home.sent()) == 2, "what was queued before, and what was queued after"


async def test_a_month_is_stored_as_its_table_asks(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await without_months(home)
        await retention.create_partitions(home.runtime)
        sql = "SELECT array_to_string(reloptions, ' ') AS said FROM pg_class WHERE relname = %(name)s"
        for part in ("message_default", "message_2027_03"):
            (row,) = await home.rows(sql, name=part)
            assert row["said"] == "fillfactor=70 autovacuum_vacuum_scale_factor=0.01"


async def test_what_is_long_gone_gets_a_month_of_its_own(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await without_months(home)
        await home.track("anna", "order_completed", at=NOON - timedelta(days=100))
        await retention.create_partitions(home.runtime)
        assert await lies_in(home, "event") == ["event_2026_11"]


async def test_who_is_at_the_table_is_not_waited_for_long(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home, second_connection(home) as other:
        await without_months(home)
        await other.execute("SELECT count(*) FROM event")
        async with home.runtime.database.transaction() as connection:
            with pytest.raises(errors.LockNotAvailable):
                await partitions.create_month(connection, EVENTS, MARCH)
            await connection.rollback()


async def test_whoever_comes_while_rows_move_finds_them_where_they_are_then(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await without_months(home)
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.decide("letter")
        async with home.runtime.database.transaction() as connection:
            await partitions.create_month(connection, MESSAGES, MARCH)
            coming = asyncio.create_task(home.rows("UPDATE message SET detail = 'found' RETURNING detail"))
            await until_blocked(home, coming)
        assert await coming == [{"detail": "found"}]
        assert await lies_in(home, "message") == ["message_2027_03"]
        await home.run("letter")
        assert len(home.sent()) == 1


async def test_a_late_trigger_moves_the_entry_until_admission_alone(database_url: str, tmp_path: Path) -> None:
    """Where a message lies is decided by the entry: it must not move once there may be one."""
    async with stack(database_url, tmp_path, edit=with_journeys(QUIET)) as home:
        await without_months(home)
        await home.at(NOON.replace(hour=0, minute=30))
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        (row,) = await enrollments(home, "quiet")
        await home.track("anna", "app_opened", at=home.now - HOUR_LONG)
        (earlier,) = await enrollments(home, "quiet")
        assert earlier["entered_at"] == row["entered_at"] - HOUR_LONG, "the day before, in UTC"
        await home.at(2 * HOUR_LONG)
        await home.decide("quiet")
        (admitted,) = await enrollments(home, "quiet")
        assert admitted["status"] == "active"
        await home.track("anna", "app_opened", at=admitted["entered_at"] - HOUR_LONG)
        await home.at(timedelta(hours=10))
        await home.run("quiet")
        (after,) = await enrollments(home, "quiet")
        (message,) = await home.rows("SELECT entered_on, status FROM message")
        assert after["entered_at"] == admitted["entered_at"]
        assert message == {"entered_on": after["entered_at"].date(), "status": "sent"}


async def test_one_row_for_one_id_however_often_it_is_decided(database_url: str, tmp_path: Path) -> None:
    """Held before midnight and decided again on another day, in another month: it is the same message."""
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await without_months(home)
        await home.at(NOON.replace(month=3, day=31))
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.decide("letter")
        await home.rows("UPDATE message SET status = 'held'")
        await home.rows("UPDATE enrollment SET due_at = %(at)s", at=home.now)
        await home.at(timedelta(days=2))
        await home.run("letter")
        rows: list[dict[str, Any]] = await home.rows("SELECT entered_on, counts_on, status FROM message")
        assert rows == [{"entered_on": date(2027, 3, 31), "counts_on": date(2027, 4, 2), "status": "sent"}]
