"""One customer's consents: what stands at an instant and why, and the ledger that proves it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from kaskad.domain.standing_word import standing_word
from kaskad.services.explaining.reachability import describe_reachability
from kaskad.services.ingestion.consenting.consents import PURPOSES
from kaskad.services.naming import find_person
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.services.wording import channel_label
from kaskad.storage import clock
from kaskad.storage.facts import profiles
from kaskad.storage.people import consents
from kaskad.storage.people.consents import LedgerEntry, StandingEntry

COLUMNS = (
    "customer",
    "purpose",
    "channel",
    "topic",
    "sender",
    "said",
    "at",
    "expires_at",
    "how",
    "text_version",
    "text_hash",
    "source",
    "message_id",
    "ip",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute such a cell


class ConsentsDeps(HasDatabase, HasCatalogue, Protocol):
    """What showing consents needs."""


class ConsentState(StrEnum):
    """What a word comes to at an instant."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    PAUSED = "paused"
    OVERRULED = "overruled"  # granted, and a wider word since was withdrawn or has expired


@dataclass(frozen=True, slots=True)
class StandingWord:
    """The last word on one purpose, channel, topic and sender, and what it comes to."""

    entry: LedgerEntry
    standing: ConsentState


@dataclass(frozen=True, slots=True)
class CustomerConsents:
    """One customer's consents as of `at`. `reached`: each channel, and whether marketing reaches the customer there."""

    customer: str
    at: datetime
    reached: Sequence[tuple[str, str]]
    standing: Sequence[StandingWord]
    ledger: Sequence[LedgerEntry]

    def csv(self) -> str:
        """Returns the whole ledger as CSV, one line a word, the oldest first."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(row[column]) for column in COLUMNS] for row in self._rows())
        return written.getvalue()

    @property
    def sha256(self) -> str:
        """Returns the SHA-256 of that CSV in UTF-8: whoever keeps it can show later that no line was changed."""
        return hashlib.sha256(self.csv().encode()).hexdigest()

    def document(self) -> dict[str, Any]:
        """Returns everything as JSON values."""
        return {
            "customer": self.customer,
            "at": self.at,
            "reached": dict(self.reached),
            "standing": [asdict(word.entry) | {"standing": word.standing} for word in self.standing],
            "ledger": self._rows(),
            "sha256": self.sha256,
        }

    def _rows(self) -> list[dict[str, Any]]:
        return [{"customer": self.customer, "said": said(entry), **asdict(entry)} for entry in self.ledger]


def said(entry: LedgerEntry) -> str:
    """Returns what the customer said: granted, withdrawn or paused."""
    if entry.granted:
        return "granted"
    return "paused" if entry.is_pause else "withdrawn"


async def load_consents(deps: ConsentsDeps, customer: str, *, at: datetime | None = None) -> CustomerConsents:
    """Returns the customer's consents at that time, else now. Raises NotFound, SeveralPeople."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        project = deps.catalogue.project
        found = (await find_person(connection, customer, project, any_kind=True)).customer
        now = at or await clock.read_now(connection)
        someone = await profiles.load_person(connection, found, now, shop=project.shop)
        standing = await consents.load_standing(connection, found, now, purposes=PURPOSES)
        ledger = await consents.load_ledger(connection, found, now)
    reached = [(channel_label(reach.channel), reach.text) for reach in describe_reachability(someone, project)]
    return CustomerConsents(customer, now, reached, judge(standing), ledger)


def judge(standing: Sequence[StandingEntry]) -> list[StandingWord]:
    """Returns what each last word comes to."""
    return [StandingWord(word.entry, _judge_one(word, standing)) for word in standing]


def _judge_one(word: StandingEntry, others: Sequence[StandingEntry]) -> ConsentState:
    if not word.entry.granted:
        return ConsentState.PAUSED if word.is_pause else ConsentState.WITHDRAWN
    if not word.granted:
        return ConsentState.EXPIRED
    said = [other for other in others if other.entry.purpose == word.entry.purpose and not other.is_pause]
    stands = standing_word(said, word.channel, word.topic, sender=word.sender)
    return ConsentState.GRANTED if stands is None or stands.granted else ConsentState.OVERRULED


def _cell(value: Any) -> str:
    """Returns the value as a cell; text from outside that a spreadsheet would compute gets an apostrophe before it."""
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
