"""Counts for the calendar, in groups: populations, queued messages, and entries by dates and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.condition import Conditions, ValueType
from kaskad.domain.journeys.entry_trigger import DateTrigger
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import EnrollmentStatus
from kaskad.storage.conditions.compiler import ConditionCompiler
from kaskad.storage.conditions.paths import CART, CUSTOMER, PRODUCT, PathScope, compile_path
from kaskad.storage.database import Connection
from kaskad.storage.entrance_scans import compile_date_filter
from kaskad.storage.queries import query

# All customers, as the conditions of an entry see them before any event.
CUSTOMER_ROWS = """WITH r AS (
  SELECT NULL::bigint AS enrollment_id, c.id AS customer_id, %(now)s::timestamptz AS at,
         %(now)s::timestamptz AS entered_at, '{}'::jsonb AS entry, NULL::text AS entry_message_id, NULL::text AS step,
         NULL::timestamptz AS step_since
    FROM customer c WHERE c.merged_into IS NULL)
"""
REACHABLE_CHANNELS = """(SELECT array_agg(k.channel ORDER BY k.channel)
    FROM contact k LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
   WHERE k.customer_id = r.customer_id AND k.state = 'active' AND k.address_key IS NOT NULL
     AND NOT EXISTS (SELECT FROM suppression p
                      WHERE p.channel = k.channel AND p.address IN (a.hash, k.address_key) AND p.journey = '')
     AND (NOT %(marketing)s OR (
     SELECT s.granted AND (s.expires_at IS NULL OR s.expires_at > %(now)s) FROM consent s
      WHERE s.customer_id = k.customer_id AND s.purpose = 'marketing' AND s.topic IS NULL
        AND (s.channel IS NULL OR s.channel = k.channel)
        AND s.sender IS NULL AND (s.granted OR s.expires_at IS NULL)
      ORDER BY s.at DESC, s.granted, s.id LIMIT 1)))"""


@dataclass(frozen=True, slots=True)
class CustomerGroup:
    """A number of customers of one zone with these channels; `value` is the date that they have in common."""

    people: int
    zone: str | None
    reached: tuple[str, ...]
    value: str = ""


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """A number of enrollments with the same future. `tried`: channels that their step has already used."""

    version_id: int
    status: EnrollmentStatus
    step: str | None
    purpose: Purpose
    time_zone: str | None
    due_at: datetime
    entered_at: datetime
    step_since: datetime | None
    spoke_at: datetime | None
    reached: Sequence[str] | None
    tried: Sequence[str] | None
    under_way: bool
    direct: bool
    people: int


@dataclass(frozen=True, slots=True)
class QueuedGroup:
    """A number of queued messages that are sent in the same minute."""

    journey: str
    step: str
    message: str
    channel: Channel
    at: datetime
    people: int


async def load_waiting_groups(connection: Connection, now: datetime, until: datetime) -> list[WaitingGroup]:
    """Enrollments that are due before `until`, in groups with the same future."""
    cursor = await connection.execute(query("calendar_people"), {"now": now, "until": until})
    return [
        WaitingGroup(**row | {"status": EnrollmentStatus(row["status"]), "purpose": Purpose(row["purpose"])})
        for row in await cursor.fetchall()
    ]


async def load_queued(connection: Connection, now: datetime, until: datetime) -> list[QueuedGroup]:
    """Queued messages that are sent before `until`, in groups."""
    cursor = await connection.execute(query("calendar_queued"), {"now": now, "until": until})
    return [QueuedGroup(**row | {"channel": Channel(row["channel"])}) for row in await cursor.fetchall()]


async def count_entered(connection: Connection, since: datetime) -> dict[str, int]:
    """How many customers entered each journey since then."""
    cursor = await connection.execute(query("calendar_entered"), {"since": since})
    return {row["journey"]: row["people"] for row in await cursor.fetchall()}


async def group_by_segment(
    connection: Connection, conditions: Conditions, now: datetime, *, marketing: bool
) -> list[CustomerGroup]:
    """The customers for whom the conditions are true now."""
    compiler = ConditionCompiler()
    where = compiler.all_of(conditions, PathScope())
    sql = f"""{CUSTOMER_ROWS} SELECT c.time_zone, {REACHABLE_CHANNELS} AS reached, '' AS value, count(*) AS people
  FROM r {CUSTOMER} {CART} {PRODUCT} WHERE ({where}) GROUP BY 1, 2"""
    return await _load_groups(connection, sql, {**compiler.params, "now": now, "marketing": marketing})


async def group_by_date(
    connection: Connection, enter: DateTrigger, days: Sequence[date], *, now: datetime, marketing: bool
) -> list[CustomerGroup]:
    """The customers whose date can be on one of these days, grouped by zone, date and channels."""
    value = f"left(({compile_path(enter.date, ValueType.TEXT, PathScope())})::text, 40)"
    fits, bound = compile_date_filter(enter, value, days)
    sql = f"""{CUSTOMER_ROWS} SELECT c.time_zone, {REACHABLE_CHANNELS} AS reached, {value} AS value, count(*) AS people
  FROM r {CUSTOMER} {CART} {PRODUCT} WHERE {fits} GROUP BY 1, 2, 3"""
    return await _load_groups(connection, sql, bound | {"now": now, "marketing": marketing})


async def _load_groups(connection: Connection, sql: str, params: dict[str, Any]) -> list[CustomerGroup]:
    cursor = await connection.execute(sql, params)
    return [
        CustomerGroup(row["people"], row["time_zone"], tuple(row["reached"] or ()), row["value"])
        for row in await cursor.fetchall()
    ]
