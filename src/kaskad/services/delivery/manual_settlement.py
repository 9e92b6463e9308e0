"""Unknown outcomes for operators: the list, what was tried, and settling one by hand."""

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
from kaskad.services.delivery.provider_calls import build_outcome_row
from kaskad.services.delivery.unknowns import apply_unknown_actions
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasDatabase
from kaskad.storage import clock, enrollments
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages
from kaskad.storage.queries import query

Settlement = Literal["sent", "failed", "resend"]


class ManualSettlementDeps(HasDatabase, Protocol):
    """What manual settlement needs."""


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """One message with an unknown outcome. `calls` were made since; `detail` is the last thing reported.

    `settled_by` is set once it is classified for good; then no provider is asked again. `wanted`: could still be sent.
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


async def list_unknowns(deps: ManualSettlementDeps) -> list[UnknownMessage]:
    """Returns every message with an unknown outcome, oldest first."""
    async with deps.database.transaction() as connection:
        return await _read(connection, None, await clock.read_now(connection))


async def settle_by_hand(deps: ManualSettlementDeps, message: UUID, verdict: Settlement) -> MessageStatus:
    """Settles an unknown message as `sent` or `failed`, or sends it again (`resend`). Returns its new status.

    The same settlement twice counts once. Raises NotFound for a message that does not exist, Rejected if its outcome is
    not unknown or it cannot be sent any more.
    """
    return await run_in_transaction(deps.database, partial(_settle, message, verdict))


async def _settle(message: UUID, verdict: Settlement, connection: Connection) -> MessageStatus:
    standing = await _message_state(connection, message)
    await enrollments.lock_customers(connection, [standing["customer_id"]])
    now = await clock.read_now(connection)
    found = await _read(connection, message, now)
    if not found:
        return _settled_already(await _message_state(connection, message), message, verdict)
    unknown = found[0]
    row: dict[str, Any] = {"id": unknown.id, "entered_on": unknown.entered_on, "fence": unknown.fence}
    if verdict == "resend":
        if not unknown.wanted:
            raise Rejected(f"{message} cannot be sent again: the customer has gone on, or it would be stale")
        again = row | {"status": MessageStatus.HELD, "settled_by": SettledBy.HAND}
        await apply_unknown_actions(connection, [again], now)
        return MessageStatus.HELD
    result = Sent() if verdict == "sent" else Refused("settled by hand")
    settled = (
        build_outcome_row(unknown.id, unknown.fence, unknown.calls - 1, result=result, now=now)
        | row
        | {"by": SettledBy.HAND}
    )
    await messages.settle_messages(connection, [settled])
    return MessageStatus(verdict)


async def _message_state(connection: Connection, message: UUID) -> dict[str, Any]:
    cursor = await connection.execute(query("load_message_state"), {"id": message})
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no message {message}: `kaskad unknown` lists those of which nobody can tell")
    return row


def _settled_already(standing: dict[str, Any], message: UUID, verdict: Settlement) -> MessageStatus:
    """Returns its status, if that is what was asked for; a message that is sent again may have any status."""
    status = MessageStatus(standing["status"])
    if standing["settled_by"] == SettledBy.HAND and (verdict in ("resend", status)):
        return status
    raise Rejected(f"{message} is not an unknown: it is {status}")


async def _read(connection: Connection, message: UUID | None, now: datetime) -> list[UnknownMessage]:
    cursor = await connection.execute(query("list_unknowns"), {"id": message, "now": now})
    return [UnknownMessage(**row) for row in await cursor.fetchall()]
