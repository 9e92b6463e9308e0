"""Targets of receipts: the owners of messages, and the messages' state once their customers are locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Mode
from kaskad.storage.database import Connection
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class MessageOwner:
    """The customer of a message, and the day of its partition. Neither changes, unless customers are merged."""

    customer: int
    entered_on: date


@dataclass(frozen=True, slots=True)
class ReceiptTarget:
    """A message that a receipt is about.

    `address`: where it was or would be sent. `made_at`: no receipt of it can be earlier.
    """

    id: UUID
    entered_on: date
    customer: int
    journey: str
    channel: Channel
    purpose: Purpose
    topic: str | None
    message: str
    mode: Mode
    provider: str | None  # the provider that has or last had it; None if it was never given to one
    address: str | None
    made_at: datetime


async def find_owners(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, MessageOwner]:
    """The owners of those messages that exist."""
    cursor = await connection.execute(
        "SELECT id, customer_id, entered_on FROM message WHERE id = ANY(%(ids)s)", {"ids": list(ids)}
    )
    return {row["id"]: MessageOwner(row["customer_id"], row["entered_on"]) for row in await cursor.fetchall()}


async def load_targets(connection: Connection, known: Mapping[UUID, MessageOwner]) -> dict[UUID, ReceiptTarget]:
    """The current state of these messages."""
    days = sorted({owner.entered_on for owner in known.values()})
    cursor = await connection.execute(query("receipt_targets"), {"ids": list(known), "on": days})
    return {row["id"]: _to_target(row) for row in await cursor.fetchall()}


def _to_target(row: Mapping[str, object]) -> ReceiptTarget:
    typed = {
        "channel": Channel(str(row["channel"])),
        "purpose": Purpose(str(row["purpose"])),
        "mode": Mode(str(row["mode"])),
    }
    return ReceiptTarget(**{**row, **typed})  # type: ignore[arg-type]  # the columns are the fields
