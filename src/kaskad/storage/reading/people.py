"""One person as it is read: who it is, and each kind of fact by all of the members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaskad.domain.cart import CART_EVENTS
from kaskad.storage.database import Connection
from kaskad.storage.people.consents import LedgerEntry, StandingEntry
from kaskad.storage.queries import query

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person: the row that stands, all rows that are the person, and an id that events name the person by.

    `kind` and `value` are None if no source ever gave the person an id. `matched`: it is the id that was asked for.
    """

    customer: int
    members: tuple[int, ...]
    kind: str | None
    value: str | None
    matched: bool

    @property
    def params(self) -> dict[str, Any]:
        """What every query about the person is asked with."""
        return {"customer": self.customer, "members": list(self.members)}


async def find_people(
    connection: Connection, kind: str, values: Sequence[str], *, addresses: Sequence[tuple[str, str]] = ()
) -> list[FoundPerson]:
    """Everybody who has an id of that kind with one of these values, or one of the addresses (channel, key)."""
    params = {
        "row": None,
        "kind": kind,
        "values": list(values),
        "channels": [channel for channel, _ in addresses],
        "keys": [key for _, key in addresses],
    }
    cursor = await connection.execute(query("find_person"), params)
    return [FoundPerson(**{**row, "members": tuple(row["members"])}) for row in await cursor.fetchall()]


async def find_owner(connection: Connection, customer: int) -> FoundPerson | None:
    """The person whom this row is or went into, with the best id; None if there is none, or if they were forgotten."""
    params = {"row": customer, "kind": "", "values": [], "channels": [], "keys": []}
    cursor = await connection.execute(query("find_person"), params)
    row = await cursor.fetchone()
    return FoundPerson(**{**row, "members": tuple(row["members"])}) if row else None


async def list_kinds(connection: Connection, value: str) -> list[str]:
    """The kinds of ids that have this value."""
    cursor = await connection.execute(
        "SELECT DISTINCT kind FROM identity WHERE value = %(value)s ORDER BY kind", {"value": value}
    )
    return [row["kind"] for row in await cursor.fetchall()]


async def load_profile(connection: Connection, person: FoundPerson) -> Row:
    """The `attributes`, `locale`, `time_zone`, and `since` when the person is known."""
    cursor = await connection.execute(query("person_profile"), person.params)
    row = await cursor.fetchone()
    assert row is not None
    return row


async def load_standing(
    connection: Connection, person: FoundPerson, at: datetime, *, purposes: Sequence[str]
) -> list[StandingEntry]:
    """The last word on each purpose, channel, topic and sender; also grants that have expired, and pauses."""
    cursor = await connection.execute(query("person_consents"), person.params | {"purposes": list(purposes), "at": at})
    return [StandingEntry(granted=row.pop("grants"), entry=LedgerEntry(**row)) for row in await cursor.fetchall()]


async def load_carts(
    connection: Connection, person: FoundPerson, *, cart: str | None = None, filled: bool = False, limit: int
) -> Sequence[Row]:
    """The carts, the one that changed last first; those with something in them if `filled`, or the one of that id."""
    cursor = await connection.execute(
        query("person_carts"),
        person.params | {"cart": cart, "filled": filled, "limit": limit, "names": list(CART_EVENTS)},
    )
    return await cursor.fetchall()


async def load_orders(
    connection: Connection, person: FoundPerson, at: datetime, *, names: Sequence[str], limit: int
) -> Sequence[Row]:
    """The last orders until then, with the last of these events about each."""
    cursor = await connection.execute(
        query("person_orders"), person.params | {"at": at, "names": list(names), "limit": limit}
    )
    return await cursor.fetchall()


async def load_rows(connection: Connection, statement: str, person: FoundPerson) -> Sequence[Row]:
    """The rows of a query that needs nothing but the person: identities, contacts, journeys."""
    cursor = await connection.execute(query(statement), person.params)
    return await cursor.fetchall()


def written_id(nanoseconds: int, digest: str) -> str:
    """The message id of a cart that was written at that time of the machine.

    Of events of one instant the later id is the later event: these come after all others, and one after the other.
    """
    return f"~cart:{nanoseconds:020d}:{digest}"


async def has_written(connection: Connection, person: FoundPerson, source: str, *, digest: str) -> bool:
    """Whether this source has written a cart of the person by this very request."""
    cursor = await connection.execute(
        """SELECT FROM event WHERE customer_id = ANY(%(members)s) AND name = 'cart_snapshot' AND source = %(source)s
              AND message_id LIKE '~cart:%%' AND right(message_id, length(%(digest)s)) = %(digest)s LIMIT 1""",
        person.params | {"source": source, "digest": digest},
    )
    return await cursor.fetchone() is not None
