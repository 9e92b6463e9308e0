"""Messages that something is told of: whose they are, and then, once their customers are locked, how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Purpose
from kaskad.storage.database import Connection
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class MessageOwner:
    """Whose a message is, and the day that its row lies at. Neither changes, as long as nobody is merged."""

    customer: int
    entered_on: date


@dataclass(frozen=True, slots=True)
class ReceiptTarget:
    """A message that something is told of.

    `address`: where it went, or would go. `made_at`: nothing that is told of it is earlier.
    """

    id: UUID
    entered_on: date
    customer: int
    journey: str
    channel: Channel
    purpose: Purpose
    topic: str | None
    message: str
    mode: str
    provider: str | None  # whoever has it, or had it last; None where nobody was given it
    address: str | None
    made_at: datetime


async def find_owners(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, MessageOwner]:
    """Those of the messages that there are."""
    cursor = await connection.execute(
        "SELECT id, customer_id, entered_on FROM message WHERE id = ANY(%(ids)s)", {"ids": list(ids)}
    )
    return {row["id"]: MessageOwner(row["customer_id"], row["entered_on"]) for row in await cursor.fetchall()}


async def load_targets(connection: Connection, known: Mapping[UUID, MessageOwner]) -> dict[UUID, ReceiptTarget]:
    """These messages as they stand."""
    days = sorted({one.entered_on for one in known.values()})
    cursor = await connection.execute(query("receipt_targets"), {"ids": list(known), "on": days})
    return {row["id"]: _to_target(row) for row in await cursor.fetchall()}


def _to_target(row: Mapping[str, object]) -> ReceiptTarget:
    typed = {"channel": Channel(str(row["channel"])), "purpose": Purpose(str(row["purpose"]))}
    return ReceiptTarget(**{**row, **typed})  # type: ignore[arg-type]  # the columns are the fields
