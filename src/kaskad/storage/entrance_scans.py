"""Looking who enters where nothing happens: all customers in turn, a chunk at a time, each chunk by one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

# The rows of a decision (questions.py) about people who are in no journey.
CUSTOMER_ROWS = """WITH r AS MATERIALIZED (
  SELECT NULL::bigint AS enrollment_id, s.id AS customer_id, h.at, h.at AS entered_at, '{}'::jsonb AS entry,
         '' AS entry_message_id, NULL::text AS step, NULL::timestamptz AS step_since
    FROM customer s CROSS JOIN {instants} AS h(at)
   WHERE s.merged_into IS NULL AND s.id > %(after)s ORDER BY s.id LIMIT %(limit)s),
judged AS MATERIALIZED (SELECT r.customer_id, r.at, ({inside}) AS inside FROM r {joins})
"""
ONE_INSTANT = "(VALUES (%(at)s::timestamptz))"
EACH_INSTANT = "generate_series(%(first)s::timestamptz, %(last)s::timestamptz, %(every)s::interval)"
SELECT_MEMBERS = """SELECT max(customer_id) AS last,
       array_agg(customer_id ORDER BY customer_id) FILTER (WHERE inside) AS people
  FROM judged"""
# Of whom it is not known whether they are inside, nothing changes.
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
 WHERE c.merged_into IS NULL AND c.id > %(after)s AND {near} ORDER BY c.id LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """A customer whose date may be near."""

    customer: int
    time_zone: str | None
    value: str


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An occurrence that a customer entered with, or waits for: then since when that is."""

    waits: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class FailingScan:
    """A look that failed `faults` times in a row, the last time for that reason; it is tried again at `due_at`."""

    faults: int
    fault: str
    due_at: datetime


async def take_due_scan(connection: Connection, journey: str | None, now: datetime) -> dict[str, Any] | None:
    """The look that is due longest, in that journey or in any, held until the end; None where none can be had."""
    cursor = await connection.execute(query("take_entrance_scan"), {"journey": journey, "now": now})
    return await cursor.fetchone()


async def schedule_scan(
    connection: Connection, journey: str, now: datetime, due_at: datetime, *, at_once: bool
) -> None:
    """Has the journey looked at from now on; `at_once` also where it was looked at before."""
    given = {"journey": journey, "now": now, "due_at": due_at, "at_once": at_once}
    await connection.execute(query("schedule_entrance_scan"), given)


async def postpone_scan(
    connection: Connection, look: Mapping[str, Any], fault: str, now: datetime, *, pause: timedelta, longest: timedelta
) -> None:
    """The look that was taken failed: it is due again after the pause, which doubles each time; its owner is told."""
    given = {"journey": look["journey"], "faults": look["faults"], "after": look["after_customer"], "at": look["at"]}
    given |= {"due_at": look["due_at"], "fault": fault, "now": now, "pause": pause, "longest": longest}
    await connection.execute(query("postpone_entrance_scan"), given)


async def close_scan_alert(connection: Connection, journey: str, now: datetime) -> None:
    """What had failed at the journey's entrance is over."""
    await connection.execute(query("close_entrance_scan_alert"), {"journey": journey, "now": now})


async def list_failing_scans(connection: Connection) -> dict[str, FailingScan]:
    """The looks that failed when they were last tried, by journey."""
    cursor = await connection.execute(
        "SELECT journey, faults, fault, due_at FROM entrance_look WHERE faults > 0 ORDER BY journey"
    )
    return {row["journey"]: FailingScan(row["faults"], row["fault"], row["due_at"]) for row in await cursor.fetchall()}


async def delete_scan(connection: Connection, journey: str, now: datetime) -> None:
    """Nobody is let into the journey by looking any more."""
    await close_scan_alert(connection, journey, now)
    await connection.execute("DELETE FROM entrance_look WHERE journey = %(journey)s", {"journey": journey})
    await connection.execute("DELETE FROM segment_member WHERE journey = %(journey)s", {"journey": journey})


async def save_progress(connection: Connection, journey: str, at: datetime, after: int) -> None:
    """The round has come so far."""
    await connection.execute(
        "UPDATE entrance_look SET at = %(at)s, after_customer = %(after)s WHERE journey = %(journey)s",
        {"journey": journey, "at": at, "after": after},
    )


async def complete_round(connection: Connection, journey: str, due_at: datetime) -> None:
    """The round is over; the next one is due then."""
    await connection.execute(
        "UPDATE entrance_look SET at = NULL, after_customer = 0, due_at = %(due_at)s WHERE journey = %(journey)s",
        {"journey": journey, "due_at": due_at},
    )


async def get_next_due(connection: Connection) -> datetime | None:
    """When the next look is due; None where nothing is looked at."""
    cursor = await connection.execute("SELECT min(due_at) AS at FROM entrance_look")
    row = await cursor.fetchone()
    return row["at"] if row else None


async def list_waiting_scans(connection: Connection) -> list[tuple[str, datetime]]:
    """Each journey that is looked at, and when its next round is due; without those whose round has begun."""
    cursor = await connection.execute("SELECT journey, due_at FROM entrance_look WHERE at IS NULL ORDER BY journey")
    return [(row["journey"], row["due_at"]) for row in await cursor.fetchall()]


async def find_first_change(
    connection: Connection, journey: str, where: Conditions, first: datetime, last: datetime, every: timedelta
) -> datetime | None:
    """When, of these instants, anybody comes into the segment or goes out; None where nobody does."""
    question = compile_segment_scan(where, SELECT_FIRST_CHANGE, EACH_INSTANT)
    given = {"journey": journey, "first": first, "last": last, "every": every, "after": 0, "limit": None}
    cursor = await connection.execute(question.sql, question.params | given)
    row = await cursor.fetchone()
    return row["at"] if row else None


async def scan_segment(
    connection: Connection, where: Conditions, at: datetime, after: int, limit: int, *, only_new_in: str | None = None
) -> tuple[list[int], int | None]:
    """Who of the next customers is in the segment, and the last one looked at; None is the end.

    With `came_into`, a journey, only those who were not at its last look: that is noted.
    """
    question = compile_segment_scan(where, SELECT_NEW_MEMBERS if only_new_in else SELECT_MEMBERS)
    given = {"at": at, "after": after, "limit": limit, "journey": only_new_in}
    cursor = await connection.execute(question.sql, question.params | given)
    row = await cursor.fetchone()
    assert row is not None
    return row["people"] or [], row["last"]


def compile_segment_scan(where: Conditions, asked: str, instants: str = ONE_INSTANT) -> CompiledQuery:
    """The statement about the next customers: which of them the conditions hold of, then what is asked of these."""
    compiler = ConditionCompiler()
    holds = compiler.all_of(where, PathScope())
    joins = f"{CUSTOMER} {CART}" if "k." in holds else CUSTOMER  # a cart is looked for only where one is asked about
    sql = CUSTOMER_ROWS.replace("{inside}", holds).replace("{joins}", joins).replace("{instants}", instants)
    return CompiledQuery(sql + asked, compiler.params)


async def scan_dates(
    connection: Connection, enter: DateTrigger, days: Sequence[date], now: datetime, after: int, limit: int
) -> list[DateCandidate]:
    """The next customers whose date may lie on one of these days, of whatever zone, as of now."""
    question = compile_date_scan(enter, days)
    given = {"now": now, "after": after, "limit": limit}
    cursor = await connection.execute(question.sql, question.params | given)
    return [DateCandidate(row["id"], row["time_zone"], row["value"]) for row in await cursor.fetchall()]


def compile_date_scan(enter: DateTrigger, days: Sequence[date]) -> CompiledQuery:
    """The statement about the next customers whose date may be near: found by the day as it is written."""
    value = f"({compile_path(enter.date, ValueType.TEXT, PathScope())})::text"
    where, bound = compile_date_filter(enter, value, days)
    return CompiledQuery(SELECT_DATED.format(value=value, near=where), bound)


def compile_date_filter(enter: DateTrigger, value: str, days: Sequence[date]) -> tuple[str, dict[str, Any]]:
    """Whether the date that `value` reads may lie on one of these days, which follow each other; and what is bound."""
    if enter.every:
        named = {f"{day:%m-%d}" for day in days}
        leap = {"02-29"} if {"02-28", "03-01"} & named else set()
        return f"substr({value}, 6, 5) = ANY(%(days)s)", {"days": sorted(named | leap)}
    # A time may be written in another zone than the customer's: its day there is a day off at the most.
    return f"substr({value}, 1, 10) BETWEEN %(first)s AND %(last)s", {"first": str(min(days)), "last": str(max(days))}


async def find_known_entries(
    connection: Connection, journey: str, entries: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], KnownEntry]:
    """Of these customers and ids of what lets them in, those that have let them into the journey already."""
    given = {
        "journey": journey,
        "customers": [customer for customer, _ in entries],
        "names": [name for _, name in entries],
    }
    cursor = await connection.execute(query("known_entries"), given)
    rows = await cursor.fetchall()
    return {(row["customer_id"], row["entry_message_id"]): KnownEntry(row["waits"], row["entered_at"]) for row in rows}
