"""Unknowns for people: which there are, what was tried, and settling one by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Literal, Protocol
from uuid import UUID

from kaskad.domain.channel import Refused, Sent
from kaskad.domain.decisions.unknown_outcome import SettledBy
from kaskad.domain.errors import NotFound, Rejected
from kaskad.domain.outcome import MessageStatus
from kaskad.services.needs import HasDatabase
from kaskad.services.patience import patiently
from kaskad.services.sending.calling import outcome_row
from kaskad.services.sending.unknowns import reconsider
from kaskad.storage import clock, enrollments, messages
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

Verdict = Literal["sent", "failed", "resend"]


class DoubtDeps(HasDatabase, Protocol):
    """What looking after unknowns needs."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One message of which nobody can tell. `calls` were made since; `detail` is the last thing heard.

    `settled_by` is set where it is classified for good; then it is asked about no more. `wanted`: could still be sent.
    """

    id: UUID
    entered_on: date
    fence: int
    customer_id: int
    customer: str | None
    journey: str
    step: str
    channel: str
    provider: str | None
    since: datetime
    calls: int
    detail: str | None
    ask_at: datetime | None
    settled_by: str | None
    wanted: bool


async def listed(deps: DoubtDeps) -> list[Unsettled]:
    """Every message of which nobody can tell, the oldest first."""
    async with deps.database.transaction() as connection:
        return await _read(connection, None, await clock.read(connection))


async def settle(deps: DoubtDeps, message: UUID, verdict: Verdict) -> MessageStatus:
    """What the message is now: somebody found out that it was `sent` or `failed`, or lets it go again (`resend`).

    Settled twice in the same way is settled once. Raises NotFound where there is no such message, Rejected where it
    is not unknown or cannot be sent any more.
    """
    return await patiently(deps.database, partial(_settle, message, verdict))


async def _settle(message: UUID, verdict: Verdict, connection: Connection) -> MessageStatus:
    standing = await _standing(connection, message)
    await enrollments.lock_customers(connection, [standing["customer_id"]])
    now = await clock.read(connection)
    found = await _read(connection, message, now)
    if not found:
        return _settled_already(await _standing(connection, message), message, verdict)
    one = found[0]
    row: dict[str, Any] = {"id": one.id, "entered_on": one.entered_on, "fence": one.fence}
    if verdict == "resend":
        if not one.wanted:
            raise Rejected(f"{message} cannot be sent again: the customer has gone on, or it would be stale")
        again = row | {"status": MessageStatus.HELD, "settled_by": SettledBy.HAND}
        await reconsider(connection, [again], now)
        return MessageStatus.HELD
    result = Sent() if verdict == "sent" else Refused("settled by hand")
    settled = outcome_row(one.id, one.fence, one.calls - 1, result, now) | row | {"by": SettledBy.HAND}
    await messages.settle(connection, [settled])
    return MessageStatus(verdict)


async def _standing(connection: Connection, message: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "SELECT customer_id, status, settled_by FROM message WHERE id = %(id)s", {"id": message}
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no message {message}: `kaskad unknown` lists those of which nobody can tell")
    return row


def _settled_already(standing: dict[str, Any], message: UUID, verdict: Verdict) -> MessageStatus:
    """Its status, where it is what was asked for; a message sent again may be anywhere on its way."""
    status = MessageStatus(standing["status"])
    if standing["settled_by"] == SettledBy.HAND and (verdict in ("resend", status)):
        return status
    raise Rejected(f"{message} is not an unknown: it is {status}")


async def _read(connection: Connection, message: UUID | None, now: datetime) -> list[Unsettled]:
    cursor = await connection.execute(query("list_unknowns"), {"id": message, "now": now})
    return [Unsettled(**row) for row in await cursor.fetchall()]
