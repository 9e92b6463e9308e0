"""The send queue: claim, check, send, settle. Each moves a message to its next status, protected by a fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.send_check import EmergencyStops, PendingSend
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Mode
from kaskad.storage.arrays import array
from kaskad.storage.database import Connection
from kaskad.storage.people import dead_addresses
from kaskad.storage.queries import query

COUNT_LIMIT = 1_000  # of one claim; counting stops there: it would take longer than the claim


@dataclass(frozen=True, slots=True)
class IdempotencyWindow:
    """The provider that recognizes a message's key, and until when."""

    provider: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this worker has claimed under a lease; `fence` proves it."""

    id: UUID
    entered_on: date  # of its enrollment: the partition of the row
    fence: int
    enrollment: int
    customer: int
    version_id: int
    journey: str
    mode: Mode
    attempt: int
    patience: timedelta
    claimed: PendingSend
    # it may have been sent already: only a provider that recognizes the key may be called
    idempotency: IdempotencyWindow | None = None

    @property
    def channel(self) -> Channel:
        """The channel that it is sent through."""
        return self.claimed.channel


async def read_machine_time(connection: Connection) -> datetime:
    """The database server's clock: leases use it, decisions never do."""
    cursor = await connection.execute("SELECT clock_timestamp() AS now")
    row = await cursor.fetchone()
    assert row is not None
    now: datetime = row["now"]
    return now


async def claim_messages(
    connection: Connection, journey: str, channel: Channel, *, now: datetime, lease: timedelta, limit: int
) -> list[ClaimedMessage]:
    """Up to `limit` queued messages of the journey and channel, under a lease."""
    params = {"journey": journey, "channel": channel, "now": now, "limit": limit}
    cursor = await connection.execute(query("claim_messages"), params)
    held = [_to_claimed(row) for row in sorted(await cursor.fetchall(), key=lambda row: (row["decided_at"], row["id"]))]
    if held:
        leased = {"machine_now": await read_machine_time(connection), "lease": lease}
        await connection.execute(query("lease_claimed_messages"), _fence_params(held) | leased)
    return held


def _to_claimed(row: Mapping[str, Any]) -> ClaimedMessage:
    return ClaimedMessage(
        id=row["id"],
        entered_on=row["entered_on"],
        fence=row["fence"],
        enrollment=row["enrollment_id"],
        customer=row["customer_id"],
        version_id=row["version_id"],
        journey=row["journey"],
        mode=Mode(row["mode"]),
        attempt=row["attempt"],
        patience=row["patience"],
        idempotency=IdempotencyWindow(row["provider"], row["key_until"]) if row["key_until"] else None,
        claimed=PendingSend(
            step=row["step"],
            channel=Channel(row["channel"]),
            topic=row["topic"],
            purpose=Purpose(row["purpose"]),
            sender=row["sender"],
            message=row["message"],
            counts_on=row["counts_on"],
            expires_at=row["expires_at"],
            together=None if row["together"] is None else tuple(row["together"]),
        ),
    )


async def count_queued(connection: Connection, journey: str, now: datetime) -> dict[Channel, int]:
    """How many messages of the journey could be claimed now, by channel; at most `COUNT_LIMIT` each."""
    params = {"journey": journey, "now": now, "channels": list(Channel), "most": COUNT_LIMIT}
    cursor = await connection.execute(query("queued_channels"), params)
    return {Channel(row["channel"]): row["count"] for row in await cursor.fetchall()}


async def lock_for_send_check(connection: Connection, held: Sequence[ClaimedMessage]) -> set[UUID]:
    """The ids of messages that are still this worker's and whose customers nobody else has locked; locked."""
    cursor = await connection.execute(query("lock_for_send_check"), _fence_params(held))
    return {row["id"] for row in await cursor.fetchall()}


async def find_still_claimed(connection: Connection, held: Sequence[ClaimedMessage]) -> frozenset[UUID]:
    """The ids of messages whose claim is still valid: skipped because the customer is locked, not lost."""
    if not held:
        return frozenset()
    cursor = await connection.execute(query("find_still_claimed"), _fence_params(held))
    return frozenset(row["id"] for row in await cursor.fetchall())


async def load_stops(connection: Connection) -> EmergencyStops:
    """The active emergency stops."""
    cursor = await connection.execute("SELECT scope, name FROM stop")
    return EmergencyStops(frozenset((row["scope"], row["name"]) for row in await cursor.fetchall()))


async def begin_sending(connection: Connection, rows: Sequence[Mapping[str, Any]], lease: timedelta) -> None:
    """Marks them as being sent, each at `now`; the transaction must be committed before the call."""
    if rows:
        params = {"lease": lease, "machine_now": await read_machine_time(connection)}
        await connection.execute(query("begin_sending"), with_partition_days(rows) | params)


async def hold_messages(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Hands messages back, each at `now`: held or dropped, with the reason; their enrollments become due."""
    if rows:
        await connection.execute(query("hold_messages"), with_partition_days(rows))


async def release_claims(connection: Connection, held: Sequence[ClaimedMessage]) -> None:
    """Puts claimed messages back into the queue."""
    await connection.execute(query("release_claims"), _fence_params(held))


async def settle_messages(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores outcomes, each at `now`, only for messages whose fence still matches.

    Closes the addresses that do not work: these are locked.
    """
    if rows:
        cursor = await connection.execute(query("settle_messages"), with_partition_days(rows))
        await dead_addresses.close(connection, await cursor.fetchall())


async def apply_receipts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores what receipts say, a row for each message. Closes the addresses that do not work: these are locked."""
    if rows:
        cursor = await connection.execute(query("apply_receipts"), with_partition_days(rows))
        await dead_addresses.close(connection, await cursor.fetchall())


async def drop_unsent(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Drops messages that were not sent yet: rows of `enrollment_id`, `entered_on`, `step` and `reason`."""
    if rows:
        await connection.execute(query("drop_unsent"), with_partition_days(rows))


def with_partition_days(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows as a parameter, and the days in them: with `on` the planner reads only the few months needed."""
    return {"rows": Jsonb(list(rows)), "on": sorted({row["entered_on"] for row in rows})}


async def expire_leases(connection: Connection, now: datetime) -> int:
    """Takes back messages of dead workers: claimed → queued, sending → unknown. Returns how many."""
    params = {"machine_now": await read_machine_time(connection), "now": now}
    cursor = await connection.execute(query("expire_leases"), params)
    return len(await cursor.fetchall())


async def load_render_data(connection: Connection, held: Sequence[ClaimedMessage]) -> dict[int, dict[str, Any]]:
    """The data for templates, by enrollment; `beside` are the other entries that the message is about."""
    others = {message.enrollment: message.claimed.together or () for message in held}
    ids = sorted({*others, *(id_ for beside in others.values() for id_ in beside)})
    cursor = await connection.execute(query("render_data"), {"enrollments": array(ids)})
    known = {row["enrollment_id"]: row for row in await cursor.fetchall()}
    return {id_: known[id_] | {"beside": [known[other] for other in beside]} for id_, beside in others.items()}


def _fence_params(held: Sequence[ClaimedMessage]) -> dict[str, Any]:
    days = [message.entered_on for message in held]
    fences = [message.fence for message in held]
    ids = array(message.id for message in held)
    return {"ids": ids, "days": array(days), "fences": array(fences), "on": sorted(set(days))}
