"""Calls to other systems: which are due, and their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.queries import query

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DueCall:
    """A call that is to be made. `doubted`: it was made once, with unknown outcome."""

    id: UUID
    fence: int
    attempt: int
    enrollment_id: int
    customer_id: int
    journey: str
    version_id: int
    step: str
    webhook: str
    doubted: bool


@dataclass(frozen=True, slots=True)
class AbandonedCall:
    """A call of a worker that died."""

    id: UUID
    fence: int
    attempt: int
    webhook: str
    customer_id: int


@dataclass(frozen=True, slots=True)
class CallData:
    """What the other system gets about an enrollment: its trigger's properties, the customer's ids by source."""

    enrollment_id: int
    entered_at: datetime
    entry: Mapping[str, Any]
    customer: Mapping[str, Any]


async def get_next_due(connection: Connection, now: datetime) -> datetime | None:
    """When the next call is due; None if there is none."""
    cursor = await connection.execute(query("next_webhook_due"), {"now": now})
    row = await cursor.fetchone()
    return row["at"] if row else None


async def lock_due_calls(connection: Connection, now: datetime, limit: int) -> list[DueCall]:
    """The next calls, locked with their customers."""
    cursor = await connection.execute(query("lock_webhook_calls"), {"now": now, "limit": limit})
    return [DueCall(**row) for row in await cursor.fetchall()]


async def lock_abandoned_calls(connection: Connection, limit: int) -> list[AbandonedCall]:
    """Calls of workers that died, locked with their customers."""
    cursor = await connection.execute(query("lock_abandoned_webhook_calls"), {"limit": limit})
    return [AbandonedCall(**row) for row in await cursor.fetchall()]


async def load_call_data(connection: Connection, enrollments: Sequence[int]) -> dict[int, CallData]:
    """The data that the other system gets about each enrollment, by its id."""
    cursor = await connection.execute(query("webhook_data"), {"enrollments": list(enrollments)})
    return {row["enrollment_id"]: CallData(**row) for row in await cursor.fetchall()}


async def begin_calls(connection: Connection, ids: Sequence[UUID], now: datetime, *, lease: timedelta) -> None:
    """Marks them as being sent; the transaction must be committed before the call."""
    await connection.execute(query("begin_webhook_calls"), {"ids": list(ids), "now": now, "lease": lease})


async def settle_calls(connection: Connection, rows: Sequence[Row]) -> None:
    """Stores their results, or when they are made later; only for those whose fence still matches."""
    await write_rows(connection, "settle_webhook_calls", rows)
