"""Entrance scans: all customers in turn, a chunk at a time, each chunk by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kaskad.domain.journeys.condition import Conditions, ValueType
from kaskad.domain.journeys.entry_trigger import DateTrigger
from kaskad.storage.conditions.compiler import ConditionCompiler
from kaskad.storage.conditions.paths import CART, CUSTOMER, PathScope, compile_path
from kaskad.storage.conditions.version_queries import CompiledQuery
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

# The decision rows (version_queries.py) of customers who are in no journey.
CUSTOMER_ROWS = """WITH r AS MATERIALIZED (
  SELECT NULL::bigint AS enrollment_id, s.id AS customer_id, h.at, h.at AS entered_at, '{}'::jsonb AS entry,
         '' AS entry_message_id, NULL::text AS step, NULL::timestamptz AS step_since
    FROM customer s CROSS JOIN {instants} AS h(at)
   WHERE s.merged_into IS NULL AND s.forgotten_at IS NULL AND s.id > %(after)s ORDER BY s.id LIMIT %(limit)s),
judged AS MATERIALIZED (SELECT r.customer_id, r.at, ({inside}) AS inside FROM r {joins})
"""
ONE_INSTANT = "(VALUES (%(at)s::timestamptz))"
EACH_INSTANT = "generate_series(%(first)s::timestamptz, %(last)s::timestamptz, %(every)s::interval)"
SELECT_MEMBERS = """SELECT max(customer_id) AS last,
       array_agg(customer_id ORDER BY customer_id) FILTER (WHERE inside) AS people
  FROM judged"""
# If it is not known whether a customer is inside, nothing changes.
SELECT_NEW_MEMBERS = """, gone AS (
  DELETE FROM segment_member m USING judged j
   WHERE m.journey = %(journey)s AND m.customer_id = j.customer_id AND j.inside IS FALSE),
came AS (
  INSERT INTO segment_member (journey, customer_id, since)
  SELECT %(journey)s, customer_id, %(at)s FROM judged WHERE inside ON CONFLICT DO NOTHING
  RETURNING customer_id)
SELECT (SELECT max(customer_id) FROM judged) AS last, array_agg(customer_id ORDER BY customer_id) AS people FROM came"""
SELECT_FIRST_CHANGE = """SELECT min(judged.at) AS at
  FROM judged LEFT JOIN segment_member m ON m.journey = %(journey)s AND m.customer_id = judged.customer_id
 WHERE judged.inside = (m.customer_id IS NULL)"""
SELECT_DATED = """SELECT c.id, c.time_zone, {value} AS value
  FROM customer c CROSS JOIN LATERAL (SELECT c.id AS customer_id, %(now)s::timestamptz AS at) r
 WHERE c.merged_into IS NULL AND c.forgotten_at IS NULL AND c.id > %(after)s AND {near} ORDER BY c.id LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """A customer whose date may be near."""

    customer: int
    time_zone: str | None
    value: str


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An occurrence that a customer entered with, or waits for: in that case since when."""

    waits: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class FailingScan:
    """A scan that failed `faults` times in a row, the last time with that error; it is tried again at `due_at`."""

    faults: int
    fault: str
    due_at: datetime


@dataclass(slots=True)
class DueScan:
    """A scan that is due. `at`: the instant of its round, None before the first chunk; the scanner sets it."""

    journey: str
    since: datetime
    due_at: datetime
    at: datetime | None
    after_customer: int
    faults: int
    imported_at: datetime | None = None


async def take_due_scan(connection: Connection, journey: str | None, now: datetime) -> DueScan | None:
    """The scan of the journey, or of any, that is overdue longest; locked until commit. None if there is none.

    There is none while an import is open. `imported_at`: when the last one ended, if nobody was noted since.
    """
    cursor = await connection.execute(query("take_entrance_scan"), {"journey": journey, "now": now})
    row = await cursor.fetchone()
    return DueScan(**row) if row else None


async def schedule_scan(
    connection: Connection, journey: str, now: datetime, *, due_at: datetime, at_once: bool
) -> None:
    """Schedules scans of the journey from now on; with `at_once` also if it was scanned before."""
    given = {"journey": journey, "now": now, "due_at": due_at, "at_once": at_once}
    await connection.execute(query("schedule_entrance_scan"), given)


async def postpone_scan(
    connection: Connection, look: DueScan, fault: str, *, now: datetime, pause: timedelta, longest: timedelta
) -> None:
    """Postpones a failed scan: the pause doubles with each failure; the owner is alerted."""
    given = {"journey": look.journey, "faults": look.faults, "after": look.after_customer, "at": look.at}
    given |= {"due_at": look.due_at, "fault": fault, "now": now, "pause": pause, "longest": longest}
    await connection.execute(query("postpone_entrance_scan"), given)


async def close_scan_alert(connection: Connection, journey: str, now: datetime) -> None:
    """Closes the alert about the journey's failed scan."""
    await connection.execute(query("close_entrance_scan_alert"), {"journey": journey, "now": now})


async def list_failing_scans(connection: Connection) -> dict[str, FailingScan]:
    """The scans that failed the last time, by journey."""
    cursor = await connection.execute(
        "SELECT journey, faults, fault, due_at FROM entrance_look WHERE faults > 0 ORDER BY journey"
    )
    return {row["journey"]: FailingScan(row["faults"], row["fault"], row["due_at"]) for row in await cursor.fetchall()}


async def delete_scan(connection: Connection, journey: str, now: datetime) -> None:
    """Removes the scan: no more customers enter the journey by it."""
    await close_scan_alert(connection, journey, now)
    await connection.execute("DELETE FROM entrance_look WHERE journey = %(journey)s", {"journey": journey})
    await connection.execute("DELETE FROM segment_member WHERE journey = %(journey)s", {"journey": journey})


async def save_progress(connection: Connection, journey: str, at: datetime, *, after: int) -> None:
    """Stores the progress of the round."""
    await connection.execute(
        "UPDATE entrance_look SET at = %(at)s, after_customer = %(after)s WHERE journey = %(journey)s",
        {"journey": journey, "at": at, "after": after},
    )


async def complete_round(connection: Connection, journey: str, due_at: datetime, *, noted: bool = False) -> None:
    """Ends the round; the next one is due then. `noted`: it noted who is inside after an import."""
    await connection.execute(
        """UPDATE entrance_look SET at = NULL, after_customer = 0, due_at = %(due_at)s,
                  imported_at = CASE WHEN %(noted)s THEN NULL ELSE imported_at END
            WHERE journey = %(journey)s""",
        {"journey": journey, "due_at": due_at, "noted": noted},
    )


async def get_next_due(connection: Connection) -> datetime | None:
    """When the next scan is due; None if no journey has one, or while an import is open."""
    cursor = await connection.execute(
        """SELECT min(due_at) AS at FROM entrance_look
            WHERE NOT EXISTS (SELECT FROM import_run r WHERE r.ended_at IS NULL)"""
    )
    row = await cursor.fetchone()
    return row["at"] if row else None


async def list_waiting_scans(connection: Connection) -> list[tuple[str, datetime]]:
    """Each scanned journey and when its next round is due; without those whose round has begun."""
    cursor = await connection.execute("SELECT journey, due_at FROM entrance_look WHERE at IS NULL ORDER BY journey")
    return [(row["journey"], row["due_at"]) for row in await cursor.fetchall()]


async def find_first_change(
    connection: Connection, journey: str, where: Conditions, *, first: datetime, last: datetime, every: timedelta
) -> datetime | None:
    """The first of these instants at which a customer enters or leaves the segment; None if nobody does."""
    question = compile_segment_scan(where, SELECT_FIRST_CHANGE, EACH_INSTANT)
    given = {"journey": journey, "first": first, "last": last, "every": every, "after": 0, "limit": None}
    cursor = await connection.execute(question.sql, question.params | given)
    row = await cursor.fetchone()
    return row["at"] if row else None


async def scan_segment(
    connection: Connection, where: Conditions, at: datetime, *, after: int, limit: int, only_new_in: str | None = None
) -> tuple[list[int], int | None]:
    """The next customers who are in the segment, and the last one scanned; None at the end.

    With `only_new_in`, a journey, only those who were not in it at its last scan; stores that they are now.
    """
    question = compile_segment_scan(where, SELECT_NEW_MEMBERS if only_new_in else SELECT_MEMBERS)
    given = {"at": at, "after": after, "limit": limit, "journey": only_new_in}
    cursor = await connection.execute(question.sql, question.params | given)
    row = await cursor.fetchone()
    assert row is not None
    return row["people"] or [], row["last"]


def compile_segment_scan(where: Conditions, asked: str, instants: str = ONE_INSTANT) -> CompiledQuery:
    """The statement about the next customers: who meets the conditions, then the values of `asked` for them."""
    compiler = ConditionCompiler()
    holds = compiler.all_of(where, PathScope())
    joins = f"{CUSTOMER} {CART}" if "k." in holds else CUSTOMER  # carts are joined only if a condition uses them
    sql = CUSTOMER_ROWS.replace("{inside}", holds).replace("{joins}", joins).replace("{instants}", instants)
    return CompiledQuery(sql + asked, compiler.params)


async def scan_dates(
    connection: Connection, enter: DateTrigger, days: Sequence[date], *, now: datetime, after: int, limit: int
) -> list[DateCandidate]:
    """The next customers whose date can be on one of these days, in any zone, as of now."""
    question = compile_date_scan(enter, days)
    given = {"now": now, "after": after, "limit": limit}
    cursor = await connection.execute(question.sql, question.params | given)
    return [DateCandidate(row["id"], row["time_zone"], row["value"]) for row in await cursor.fetchall()]


def compile_date_scan(enter: DateTrigger, days: Sequence[date]) -> CompiledQuery:
    """The statement about the next customers whose date may be near: it searches by the day as written."""
    value = f"({compile_path(enter.date, ValueType.TEXT, PathScope())})::text"
    where, bound = compile_date_filter(enter, value, days)
    return CompiledQuery(SELECT_DATED.format(value=value, near=where), bound)


def compile_date_filter(enter: DateTrigger, value: str, days: Sequence[date]) -> tuple[str, dict[str, Any]]:
    """SQL for whether the date `value` can be on one of these consecutive days; and its parameters."""
    if enter.every:
        named = {f"{day:%m-%d}" for day in days}
        leap = {"02-29"} if {"02-28", "03-01"} & named else set()
        month = f"CASE left({value}, 2) WHEN '--' THEN 3 ELSE 6 END"  # `1990-03-04`; `--03-04` without a year
        return f"substr({value}, {month}, 5) = ANY(%(days)s)", {"days": sorted(named | leap)}
    # A time can be written in another zone than the customer's: its day there is off by one at most.
    return f"substr({value}, 1, 10) BETWEEN %(first)s AND %(last)s", {"first": str(min(days)), "last": str(max(days))}


async def find_known_entries(
    connection: Connection, journey: str, entries: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], KnownEntry]:
    """For these customers and occurrences: those that have already made an entry into the journey."""
    given = {
        "journey": journey,
        "customers": [customer for customer, _ in entries],
        "names": [name for _, name in entries],
    }
    cursor = await connection.execute(query("known_entries"), given)
    rows = await cursor.fetchall()
    return {(row["customer_id"], row["entry_message_id"]): KnownEntry(row["waits"], row["entered_at"]) for row in rows}
