"""Receipts from providers: by the simulated rates, or from the script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from kaskad.domain import channel
from kaskad.domain.own_sources import OwnSource
from kaskad.services.ingestion import receipts
from kaskad.services.simulation import script
from kaskad.services.simulation.runtime import SimulationRuntime
from kaskad.storage.queries import query
from kaskad.storage.reading import people

BATCH_SIZE = 1_000  # of one transaction
SOURCE = OwnSource.REHEARSAL
AnyReceipt = channel.Receipt | script.ScriptReceipt
DueReceipt = tuple[int, datetime, AnyReceipt]  # the customer, the time, the receipt


async def collect_due_receipts(runtime: SimulationRuntime) -> list[DueReceipt]:
    """Returns the receipts due for messages that were sent since the last call."""
    heard, runtime.answers.heard = runtime.answers.heard, {}
    if not heard:
        return []
    async with runtime.database.transaction() as connection:
        cursor = await connection.execute(query("load_send_times"), {"ids": list(heard)})
        rows = await cursor.fetchall()
    return [
        (row["customer_id"], at, channel.Receipt(row["id"], receipt.kind, at))
        for row in rows
        for receipt in heard[row["id"]]
        for at in [row["sending_at"] + receipt.after]
    ]


async def resolve_script_receipts(
    runtime: SimulationRuntime, script_receipts: Iterable[script.ScriptReceipt]
) -> list[DueReceipt]:
    """Returns the script's receipts about known customers; each is about the last message sent by then."""
    named = [(receipt.who, receipt) for receipt in script_receipts]
    async with runtime.database.transaction() as connection:
        found = [(await people.find_people(connection, kind, [id_]), receipt) for (kind, id_), receipt in named]
    return [(whose[0].customer, receipt.at, receipt) for whose, receipt in found if whose]


async def apply_receipts(runtime: SimulationRuntime, due_receipts: Sequence[tuple[int, AnyReceipt]]) -> None:
    """Applies receipts, each to a message of that customer; nothing if no message of that name was sent."""
    given = [receipt for _, receipt in due_receipts if isinstance(receipt, channel.Receipt)]
    for customer, receipt in due_receipts:
        if isinstance(receipt, script.ScriptReceipt) and (message := await _message(runtime, customer, receipt)):
            given.append(channel.Receipt(message, receipt.kind, receipt.at, by_machine=receipt.by_machine))
    for start in range(0, len(given), BATCH_SIZE):
        await receipts.apply_own_receipts(runtime, SOURCE, given[start : start + BATCH_SIZE])


async def _message(runtime: SimulationRuntime, customer: int, receipt: script.ScriptReceipt) -> UUID | None:
    async with runtime.database.transaction() as connection:
        which = {"customer": customer, "message": receipt.message, "channel": receipt.channel}
        cursor = await connection.execute(query("find_last_sent"), which)
        row = await cursor.fetchone()
    return row["id"] if row else None
