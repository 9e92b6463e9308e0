"""The ledger of consents: what a customer said, what of it stands, and which addresses are confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the ledger. None as channel, topic or sender is every one."""

    id: int
    purpose: str
    channel: str | None
    topic: str | None
    sender: str | None
    granted: bool
    at: datetime
    source: str
    text_version: str | None
    text_hash: str | None
    ip: str | None
    expires_at: datetime | None
    how: str | None
    message_id: str

    @property
    def is_pause(self) -> bool:
        """Returns whether it is a withdrawal with an end."""
        return not self.granted and self.expires_at is not None


@dataclass(frozen=True, slots=True)
class StandingEntry:
    """A line that no later one of its purpose, channel, topic and sender replaces. `granted`: not if it has expired."""

    entry: LedgerEntry
    granted: bool

    @property
    def channel(self) -> str | None:
        """Returns its channel; None is every one."""
        return self.entry.channel

    @property
    def topic(self) -> str | None:
        """Returns its topic; None is every one."""
        return self.entry.topic

    @property
    def sender(self) -> str | None:
        """Returns its sender; None is every one."""
        return self.entry.sender

    @property
    def at(self) -> datetime:
        """Returns when it was said."""
        return self.entry.at

    @property
    def is_pause(self) -> bool:
        """Returns whether it is a withdrawal with an end, which is not reached yet."""
        return self.entry.is_pause


async def load_ledger(connection: Connection, customer: int, at: datetime) -> list[LedgerEntry]:
    """Returns all that the customer said until then, the oldest first."""
    cursor = connection.cursor(row_factory=class_row(LedgerEntry))
    await cursor.execute(
        """SELECT id, purpose, channel, topic, sender, granted, at, source, text_version, text_hash, ip, expires_at,
                  how, message_id
             FROM consent WHERE customer_id = %(customer)s AND at <= %(at)s ORDER BY at, id""",
        {"customer": customer, "at": at},
    )
    return await cursor.fetchall()


async def load_standing(
    connection: Connection, customer: int, at: datetime, *, purposes: Sequence[str]
) -> list[StandingEntry]:
    """Returns the last word of each channel, topic and sender for these purposes; also grants that have expired.

    A pause is among them until its end.
    """
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(
        f"""SELECT s.granted AS grants, c.id, c.purpose, c.channel, c.topic, c.sender, c.granted, c.at, c.source,
                   c.text_version, c.text_hash, c.ip, c.expires_at, c.how, c.message_id
              FROM ({query("standing_consents")}) s JOIN consent c ON c.id = s.id
             ORDER BY c.purpose, c.channel, c.topic, c.sender, s.is_pause, c.id""",
        {"customers": [customer], "purposes": list(purposes), "at": at},
    )
    return [StandingEntry(granted=row.pop("grants"), entry=LedgerEntry(**row)) for row in await cursor.fetchall()]


async def load_channels(connection: Connection, customer: int) -> dict[str, list[str]]:
    """Returns the channels in which the customer has an address that works, and why it is closed to everything there.

    The reasons are none if it is open: customers who have the address may have closed it.
    """
    cursor = await connection.execute(
        """SELECT k.channel, ARRAY(SELECT DISTINCT s.reason FROM suppression s
                                    WHERE s.channel = k.channel AND s.address IN (a.hash, k.address_key)
                                      AND s.journey = '' ORDER BY s.reason) AS closed
             FROM contact k LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
            WHERE k.customer_id = %(customer)s AND k.state = 'active' AND k.address_key IS NOT NULL
            ORDER BY k.channel""",
        {"customer": customer},
    )
    return {row["channel"]: row["closed"] for row in await cursor.fetchall()}


async def has_address(connection: Connection, customer: int, address: tuple[str, str]) -> bool:
    """Returns whether the customer has this address now, a channel and an `address_key`."""
    cursor = await connection.execute(
        """SELECT FROM contact WHERE customer_id = %(customer)s AND channel = %(channel)s AND address_key = %(key)s
              AND state <> 'removed'""",
        {"customer": customer, "channel": address[0], "key": address[1]},
    )
    return await cursor.fetchone() is not None


async def load_senders(connection: Connection, customer: int, limit: int) -> list[str]:
    """Returns the senders that wrote to the customer, those of the newest messages first."""
    cursor = await connection.execute(
        """SELECT m.sender FROM message m WHERE m.customer_id = %(customer)s AND m.mode = 'live'
            GROUP BY m.sender ORDER BY max(m.decided_at) DESC, m.sender LIMIT %(limit)s""",
        {"customer": customer, "limit": limit},
    )
    return [row["sender"] for row in await cursor.fetchall()]


async def load_locale(connection: Connection, customer: int) -> str | None:
    """Returns the language that the customer reads, if it is known."""
    cursor = await connection.execute("SELECT locale FROM customer WHERE id = %(id)s", {"id": customer})
    row = await cursor.fetchone()
    return row["locale"] if row else None


async def load_leaving(connection: Connection, customer: int, at: datetime) -> dict[str, str]:
    """Returns the reason and the comment that the customer gave when they left last; nothing if they never did."""
    cursor = await connection.execute(
        """SELECT properties->>'reason' AS reason, properties->>'comment' AS comment FROM event
            WHERE customer_id = %(customer)s AND name = 'left' AND source = 'preferences' AND occurred_at <= %(at)s
            ORDER BY occurred_at DESC, id DESC LIMIT 1""",
        {"customer": customer, "at": at},
    )
    row = await cursor.fetchone() or {}
    return {key: value for key, value in row.items() if value}


async def load_entry_email(connection: Connection, message: UUID) -> str | None:
    """Returns the e-mail address that the message's enrollment began with, as its event wrote it."""
    cursor = await connection.execute(
        """SELECT e.entry->>'email' AS email FROM message m JOIN enrollment e ON e.id = m.enrollment_id
            WHERE m.id = %(id)s""",
        {"id": message},
    )
    row = await cursor.fetchone()
    return row["email"] if row else None


async def confirm_address(
    connection: Connection, customer: int, address: tuple[str, str], *, message_id: str, at: datetime
) -> bool | None:
    """Stores that the customer confirmed the address, a channel and an `address_key`. The customer is locked.

    Returns whether that is new; None if the customer does not have this address (any more).
    """
    channel, key = address
    told = {"customer_id": customer, "channel": channel, "address": key, "message_id": message_id, "at": at}
    cursor = await connection.execute(query("confirm_addresses"), {"rows": Jsonb([told])})
    row = await cursor.fetchone()
    return row["is_new"] if row else None
