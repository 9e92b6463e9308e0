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
class Owner:
    """Whose a message is, and the day that its row lies at. Neither changes, as long as nobody is merged."""

    customer: int
    entered_on: date


@dataclass(frozen=True, slots=True)
class Told:
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


async def owners(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Owner]:
    """Those of the messages that there are."""
    cursor = await connection.execute(
        "SELECT id, customer_id, entered_on FROM message WHERE id = ANY(%(ids)s)", {"ids": list(ids)}
    )
    return {row["id"]: Owner(row["customer_id"], row["entered_on"]) for row in await cursor.fetchall()}


async def messages(connection: Connection, known: Mapping[UUID, Owner]) -> dict[UUID, Told]:
    """These messages as they stand."""
    days = sorted({one.entered_on for one in known.values()})
    cursor = await connection.execute(query("told_messages"), {"ids": list(known), "on": days})
    return {row["id"]: _told(row) for row in await cursor.fetchall()}


def _told(row: Mapping[str, object]) -> Told:
    typed = {"channel": Channel(str(row["channel"])), "purpose": Purpose(str(row["purpose"]))}
    return Told(**{**row, **typed})  # type: ignore[arg-type]  # the columns are the fields
