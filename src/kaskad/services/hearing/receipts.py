"""Receipts: events of the ledger like any other, told by providers. They heal unknowns and wake those who wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from kaskad.domain.channel import Receipt, ReceiptKind
from kaskad.services.needs import HasDatabase
from kaskad.services.patience import patiently
from kaskad.storage import clock, enrollments, ledger, messages, notices
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

STOPS = frozenset({ReceiptKind.UNSUBSCRIBED, ReceiptKind.COMPLAINED})
TIMES = {
    ReceiptKind.DELIVERED: "delivered_at",
    ReceiptKind.OPENED: "opened_at",
    ReceiptKind.CLICKED: "clicked_at",
}


class ReceiptDeps(HasDatabase, Protocol):
    """What receipts need."""


async def receive(deps: ReceiptDeps, provider: str, receipts: Sequence[Receipt]) -> int:
    """Applies what a provider told; returns how much of it was new. The same receipt twice counts once.

    Raises Unavailable when the database does not take it: the provider tells it again.
    """
    return await patiently(deps.database, partial(_receive, provider, receipts))


async def _receive(provider: str, receipts: Sequence[Receipt], connection: Connection) -> int:
    known = await _messages(connection, sorted({receipt.message for receipt in receipts}))
    ours = _once(receipt for receipt in receipts if receipt.message in known)
    customers = [known[receipt.message]["customer_id"] for receipt in ours]
    await enrollments.lock_customers(connection, customers)
    instants = await clock.read_each(connection)
    now = {receipt.message: instants.of(known[receipt.message]["customer_id"]) for receipt in ours}
    rows = [_event(receipt, known[receipt.message], provider, now[receipt.message]) for receipt in ours]
    stored = await ledger.insert(connection, rows) if rows else []
    new = {event.message_id for event in stored}
    fresh = [receipt for receipt in ours if _event_id(receipt) in new]
    await _apply(connection, [(known[receipt.message]["entered_on"], receipt) for receipt in fresh], now)
    await _withdraw(connection, [(known[r.message], r) for r in fresh if r.kind in STOPS], provider, now)
    await enrollments.wake(connection, [(event.customer, event.name, instants.of(event.customer)) for event in stored])
    if fresh:
        await notices.tell(connection)
    return len(fresh)


async def unsubscribe(deps: ReceiptDeps, message: UUID) -> bool:
    """Takes the consent back that the message stood on: its topic, or all marketing of its channel. Idempotent.

    False where there is no such message (any more): then nothing was taken back.
    """
    async with deps.database.transaction() as connection:
        now = await clock.read(connection)
        known = await _messages(connection, [message])
    told = Receipt(message, ReceiptKind.UNSUBSCRIBED, now, detail="one click")
    await receive(deps, "unsubscribe", [told])
    return message in known


async def _messages(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    cursor = await connection.execute(
        "SELECT id, entered_on, customer_id, channel, topic, message, mode FROM message WHERE id = ANY(%(ids)s)",
        {"ids": list(ids)},
    )
    return {row["id"]: row for row in await cursor.fetchall()}


def _once(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Of what is told twice in one webhook, the earliest."""
    latest_first = sorted(receipts, key=lambda receipt: receipt.at, reverse=True)
    return list({_event_id(receipt): receipt for receipt in latest_first}.values())


def _event_id(receipt: Receipt) -> str:
    suffix = ":machine" if receipt.by_machine else ""
    return f"{receipt.message}:{receipt.kind}{suffix}"


def _event(receipt: Receipt, message: dict[str, Any], provider: str, now: datetime) -> dict[str, Any]:
    return {
        "message_id": _event_id(receipt),
        "customer_id": message["customer_id"],
        "name": f"message_{receipt.kind}",
        "source": provider,
        "occurred_at": min(receipt.at, now),
        "received_at": now,
        "properties": {
            "message": message["message"],
            "channel": message["channel"],
            "by_machine": receipt.by_machine,
            "detail": receipt.detail,
        },
    }


async def _apply(
    connection: Connection, receipts: Sequence[tuple[date, Receipt]], now: Mapping[UUID, datetime]
) -> None:
    """Folded to one row a message: a statement can change a row only once."""
    rows: dict[UUID, dict[str, Any]] = {}
    for day, receipt in receipts:
        row = rows.setdefault(
            receipt.message,
            {
                "id": receipt.message,
                "entered_on": day,
                "failed": False,
                "address_dead": False,
                "detail": "",
                "now": now[receipt.message],
            },
        )
        row["failed"] |= receipt.kind is ReceiptKind.FAILED
        row["address_dead"] |= receipt.address_dead
        row["detail"] = receipt.detail or row["detail"]
        field = TIMES.get(receipt.kind)
        if field and not receipt.by_machine:
            row[field] = min(row.get(field, row["now"]), receipt.at)
    if rows:
        await connection.execute(query("apply_receipts"), messages.by_day(list(rows.values())))


async def _withdraw(
    connection: Connection, stops: Sequence[tuple[dict[str, Any], Receipt]], provider: str, now: Mapping[UUID, datetime]
) -> None:
    """A click on "unsubscribe" ends this topic everywhere; a complaint, or no topic, ends marketing in the channel."""
    rows = []
    for message, receipt in stops:
        if message["mode"] == "test":
            continue  # it was the journey's owner who clicked
        topic = message["topic"] if receipt.kind is ReceiptKind.UNSUBSCRIBED else None
        rows.append(
            {
                "customer_id": message["customer_id"],
                "purpose": "marketing",
                "channel": None if topic else message["channel"],
                "topic": topic,
                "granted": False,
                "source": provider,
                "message_id": _event_id(receipt),
                "at": min(receipt.at, now[receipt.message]),
            }
        )
    await enrollments.write(connection, "write_consents", rows)
