"""Loads the profile of a customer: time zone, contacts, consents and touches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.facts import Consent, CustomerFacts, OtherEntry, Touch
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import ShopInfo
from kaskad.domain.outcome import Reason
from kaskad.domain.values.zones import read_zone
from kaskad.storage.arrays import array
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

CAP_LOOKBACK = timedelta(days=8)  # no cap looks back further
MARKETING = f"{{{Purpose.MARKETING}}}"  # an array: of other purposes no message is sent by consent
QUERIES = ("people", "standing_consents", "touches", "other_entries")
Cursor = AsyncCursor[DictRow]


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """One customer; `refused` is what their addresses do not get: (channel, journey, reason), '' is every journey."""

    person: CustomerFacts
    refused: frozenset[tuple[Channel, str, str]] = field(default_factory=frozenset)

    def within(self, journey: str) -> CustomerFacts:
        """The customer's facts for that journey: an address that refused the journey is suppressed there.

        One that does not work is dead for everybody who has it.
        """
        there = self.person.contacts
        closed = {
            channel: "dead" if reason == Reason.ADDRESS_DEAD else "suppressed"
            for channel, name, reason in sorted(self.refused)
            if name in ("", journey) and there.get(channel) == "active"
        }
        return replace(self.person, contacts={**there, **closed}) if closed else self.person


class EntryRange(NamedTuple):
    """A customer's entries into a journey, from one instant to another; None is no limit."""

    of: int
    journey: str
    entered_from: datetime | None
    entered_to: datetime | None


async def query_profiles(
    connection: Connection, customers: Iterable[int], now: datetime, *, earliest: date, turns: Iterable[EntryRange] = ()
) -> Sequence[Cursor]:
    """Starts the queries for these customers as of `now`; `earliest` is the first local day of any of them.

    `turns`: the entries that count for reentry.
    """
    whom: dict[str, Any] = {
        "customers": array(customers),
        "at": now,
        "since": earliest - CAP_LOOKBACK,
        "purposes": MARKETING,
    }
    asked = list(turns)
    whom |= {name: [getattr(entry_range, name) for entry_range in asked] for name in EntryRange._fields}
    return [await connection.execute(query(name), whom) for name in QUERIES]


async def read_profiles(cursors: Sequence[Cursor], shop: ShopInfo) -> dict[int, CustomerProfile]:
    """The customers by their ids."""
    people, consents, touches, entries = [await cursor.fetchall() for cursor in cursors]
    said: dict[int, list[Consent]] = defaultdict(list)
    for row in consents:
        if row["channel"] not in (None, *Channel):
            continue  # a channel that this version of the code does not know (yet)
        channel = Channel(row["channel"]) if row["channel"] else None
        word = Consent(channel, row["topic"], row["granted"], row["at"], row["sender"], row["is_pause"])
        said[row["customer_id"]].append(word)
    touched: dict[int, list[Touch]] = defaultdict(list)
    for row in touches:
        touched[row["customer_id"]].append(Touch(row["counts_on"], row["topic"], row["sender"]))
    entered: dict[int, list[OtherEntry]] = defaultdict(list)
    for row in entries:
        entered[row["customer_id"]].append(_to_entry(row))
    return {
        row["id"]: CustomerProfile(
            CustomerFacts(
                id=row["id"],
                assigned=tuple((name, customer) for name, customer in row["assigned"] or ()),
                zone=resolve_time_zone(row["time_zone"], shop),
                locale=row["locale"] or shop.locale,
                contacts={Channel(channel): state for channel, state in row["contacts"].items()},
                consents=tuple(said[row["id"]]),
                touches=tuple(touched[row["id"]]),
                entries=tuple(entered[row["id"]]),
                confirmed=frozenset(map(Channel, row["confirmed"])),
            ),
            frozenset((Channel(channel), journey, reason) for channel, journey, reason in row["suppressed"] or ()),
        )
        for row in people
    }


def _to_entry(row: DictRow) -> OtherEntry:
    together = frozenset(id_ for ids in row["together"] for id_ in ids)
    return OtherEntry(row["id"], row["journey"], row["key"], row["entered_at"], row["wrote"], row["step"], together)


async def load_person(connection: Connection, customer: int, now: datetime, *, shop: ShopInfo) -> CustomerFacts:
    """One customer's facts at `now`, for any journey."""
    return (await read_profiles(await query_profiles(connection, [customer], now, earliest=now.date()), shop))[
        customer
    ].within("")


def resolve_time_zone(name: str | None, shop: ShopInfo) -> ZoneInfo:
    """The customer's time zone; the shop's if they have none, or if it does not exist."""
    try:
        return ZoneInfo(read_zone(name) or shop.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # for example a folder, or a name too long for a file
        return ZoneInfo(shop.time_zone)
