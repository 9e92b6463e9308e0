"""What providers tell of messages: by the rates that are rehearsed, or as the script says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from kaskad.domain import channel
from kaskad.services.hearing import receipts
from kaskad.services.rehearsal import script
from kaskad.services.rehearsal.stage import Stage
from kaskad.storage import customers

AT_ONCE = 1_000  # of one transaction
SOURCE = "rehearsal"
Word = channel.Receipt | script.Receipt
ToTell = tuple[int, datetime, Word]  # the customer, when it is told, what


async def expected(stage: Stage) -> list[ToTell]:
    """What will be told of the messages that went since somebody asked last."""
    heard, stage.answers.heard = stage.answers.heard, {}
    if not heard:
        return []
    async with stage.database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT id, customer_id, sending_at FROM message WHERE id = ANY(%(ids)s) ORDER BY id", {"ids": list(heard)}
        )
        rows = await cursor.fetchall()
    return [
        (row["customer_id"], at, channel.Receipt(row["id"], told.kind, at))
        for row in rows
        for told in heard[row["id"]]
        for at in [row["sending_at"] + told.after]
    ]


async def written(stage: Stage, told: Iterable[script.Receipt]) -> list[ToTell]:
    """The script's own receipts about people who are known; each is about whatever went last by then."""
    async with stage.database.transaction() as connection:
        found = [(await customers.find(connection, one.who[1]), one) for one in told]
    return [(customer, one.at, one) for customer, one in found if customer is not None]


async def hear(stage: Stage, told: Sequence[tuple[int, Word]]) -> None:
    """Tells it, each about a message of that customer; nothing where none of that name has gone."""
    given = [one for _, one in told if isinstance(one, channel.Receipt)]
    for customer, one in told:
        if isinstance(one, script.Receipt) and (message := await _message(stage, customer, one)):
            given.append(channel.Receipt(message, one.kind, one.at, by_machine=one.by_machine))
    for start in range(0, len(given), AT_ONCE):
        await receipts.tell(stage, SOURCE, given[start : start + AT_ONCE])


async def _message(stage: Stage, customer: int, told: script.Receipt) -> UUID | None:
    async with stage.database.transaction() as connection:
        cursor = await connection.execute(
            """SELECT id FROM message
                WHERE customer_id = %(customer)s AND message = %(message)s AND sending_at IS NOT NULL
                  AND channel = coalesce(%(channel)s, channel)
                ORDER BY sending_at DESC, id LIMIT 1""",
            {"customer": customer, "message": told.message, "channel": told.channel},
        )
        row = await cursor.fetchone()
    return row["id"] if row else None
