"""Months: whatever is stored lies in one of them or in none, and nobody notices which."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import errors

from kaskad.services.operations import retention
from kaskad.storage.growth import partitions
from kaskad.storage.growth.partitions import EVENTS, MESSAGES, MONTHLY_TABLES
from tests.support.past_months import without_months
from tests.support.rules import HOUR, enrollments, event_journey, second_connection, until_blocked, wait, with_journeys
from tests.support.stack import NOON, OpenStack, Stack, running_stack

pytestmark = pytest.mark.anyio

LETTER = event_journey("letter", "app_opened")
QUIET = event_journey(
    "quiet", "app_opened", enter={"quiet_for": HOUR}, steps=[wait(3600), {"kind": "send", "message": "how_was_it"}]
)
MARCH = date(2027, 3, 1)
HOUR_LONG = timedelta(hours=1)


async def lies_in(stack: Stack, table: str) -> list[str]:
    """The partitions that the table's rows lie in."""
    rows = await stack.rows(f"SELECT DISTINCT tableoid::regclass::text AS part FROM {table} ORDER BY part")
    return [row["part"] for row in rows]


async def test_a_month_takes_over_what_lay_in_none(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await without_months(stack)
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.decide("letter")
    assert [await lies_in(stack, monthly.table) for monthly in MONTHLY_TABLES] == [
        ["event_default"],
        ["message_default"],
        ["decision_default"],
    ]
    before = [await stack.rows(f"SELECT * FROM {monthly.table} ORDER BY id") for monthly in MONTHLY_TABLES]
    assert await retention.create_partitions(stack.runtime) == 3 * 4  # of each: February, March, April and May
    assert [await lies_in(stack, monthly.table) for monthly in MONTHLY_TABLES] == [
        ["event_2027_03"],
        ["message_2027_03"],
        ["decision_2027_03"],
    ]
    assert [await stack.rows(f"SELECT * FROM {monthly.table} ORDER BY id") for monthly in MONTHLY_TABLES] == before
    assert await retention.create_partitions(stack.runtime) == 0
    await stack.run("letter")
    await stack.track("anna", "app_opened")
    await stack.run("letter")
    assert len(stack.sent()) == 2, "what was queued before, and what was queued after"


async def test_a_month_is_stored_as_its_table_asks(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await without_months(stack)
    await retention.create_partitions(stack.runtime)
    sql = "SELECT array_to_string(reloptions, ' ') AS said FROM pg_class WHERE relname = %(name)s"
    for part in ("message_default", "message_2027_03"):
        (row,) = await stack.rows(sql, name=part)
        assert row["said"] == "fillfactor=70 autovacuum_vacuum_scale_factor=0.01"


async def test_what_is_long_gone_gets_a_month_of_its_own(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await without_months(stack)
    await stack.track("anna", "order_completed", at=NOON - timedelta(days=100))
    await retention.create_partitions(stack.runtime)
    assert await lies_in(stack, "event") == ["event_2026_11"]


async def test_who_is_at_the_table_is_not_waited_for_long(database_url: str, tmp_path: Path) -> None:
    async with (
        running_stack(database_url, tmp_path, edit=with_journeys(LETTER)) as stack,
        second_connection(stack) as other,
    ):
        await without_months(stack)
        await other.execute("SELECT count(*) FROM event")
        async with stack.runtime.database.transaction() as connection:
            with pytest.raises(errors.LockNotAvailable):
                await partitions.create_month(connection, EVENTS, MARCH)
            await connection.rollback()


async def test_whoever_comes_while_rows_move_finds_them_where_they_are_then(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await without_months(stack)
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.decide("letter")
    async with stack.runtime.database.transaction() as connection:
        await partitions.create_month(connection, MESSAGES, MARCH)
        coming = asyncio.create_task(stack.rows("UPDATE message SET detail = 'found' RETURNING detail"))
        await until_blocked(stack, coming)
    assert await coming == [{"detail": "found"}]
    assert await lies_in(stack, "message") == ["message_2027_03"]
    await stack.run("letter")
    assert len(stack.sent()) == 1


async def test_a_late_trigger_moves_the_entry_until_admission_alone(open_stack: OpenStack) -> None:
    """Where a message lies is decided by the entry: it must not move once there may be one."""
    stack = await open_stack(edit=with_journeys(QUIET))
    await without_months(stack)
    await stack.at(NOON.replace(hour=0, minute=30))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    (row,) = await enrollments(stack, "quiet")
    await stack.track("anna", "app_opened", at=stack.now - HOUR_LONG)
    (earlier,) = await enrollments(stack, "quiet")
    assert earlier["entered_at"] == row["entered_at"] - HOUR_LONG, "the day before, in UTC"
    await stack.at(2 * HOUR_LONG)
    await stack.decide("quiet")
    (admitted,) = await enrollments(stack, "quiet")
    assert admitted["status"] == "active"
    await stack.track("anna", "app_opened", at=admitted["entered_at"] - HOUR_LONG)
    await stack.at(timedelta(hours=10))
    await stack.run("quiet")
    (after,) = await enrollments(stack, "quiet")
    (message,) = await stack.rows("SELECT entered_on, status FROM message")
    assert after["entered_at"] == admitted["entered_at"]
    assert message == {"entered_on": after["entered_at"].date(), "status": "sent"}


async def test_one_row_for_one_id_however_often_it_is_decided(open_stack: OpenStack) -> None:
    """Held before midnight and decided again on another day, in another month: it is the same message."""
    stack = await open_stack(edit=with_journeys(LETTER))
    await without_months(stack)
    await stack.at(NOON.replace(month=3, day=31))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.decide("letter")
    await stack.rows("UPDATE message SET status = 'held'")
    await stack.rows("UPDATE enrollment SET due_at = %(at)s", at=stack.now)
    await stack.at(timedelta(days=2))
    await stack.run("letter")
    rows: list[dict[str, Any]] = await stack.rows("SELECT entered_on, counts_on, status FROM message")
    assert rows == [{"entered_on": date(2027, 3, 31), "counts_on": date(2027, 4, 2), "status": "sent"}]
