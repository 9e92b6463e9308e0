"""The judge: reads the providers' record and what the API has acknowledged, by key and by what a customer would see.

The ledger is asked only to explain an absence (nobody can tell, the provider refused), and for a stricter count of what
came too late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from kaskad.services.delivery.provider_calls import SAFE_LEASE_SHARE
from tests.crash.load import Told, addresses, senders

REACHED = frozenset({"accepted", "lost"})
PASSED_OVER = "provider_down"
SUPERSEDED = "superseded"
TIME_OUTS = 4.0  # seconds: waiting for a free connection and connecting, as providers.yaml says


class Call(NamedTuple):
    """One call that the providers got; `at` is the machine's clock (Unix time)."""

    key: str
    channel: str
    to: str
    sender: str
    outcome: str
    at: float


class Message(NamedTuple):
    """What the ledger says of one message; `begun` is the machine's clock when `sending` was committed last."""

    key: str
    journey: str
    channel: str
    customer: str
    status: str
    reason: str
    settled_by: str | None
    begun: float


class Line(NamedTuple):
    """What one customer may get once: a journey's message in one channel."""

    journey: str
    channel: str
    customer: str


@dataclass(frozen=True)
class Verdict:
    """The promises, counted. All are kept where `broken` names none."""

    kills: int
    sends: int
    duplicates: int
    late: int
    lost: int
    unknown: int
    unclassified: int
    seed: int
    most_unknown: int  # kills × the channels' concurrency

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        found = [name for name in ("duplicates", "late", "lost", "unclassified") if getattr(self, name)]
        return found + (["unknown"] if self.unknown >= self.most_unknown else [])


class Record:
    """The providers' record, read as it grows."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0
        self.calls: list[Call] = []
        self.sends = 0

    def read(self) -> int:
        """How many sends there are by now: calls that were answered for good."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._offset)
                whole, _, _ = file.read().rpartition(b"\n")
            self._offset += len(whole) + bool(whole)
            for line in whole.split(b"\n") if whole else ():
                self._take(orjson.loads(line))
        return self.sends

    def _take(self, row: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(row["machine_at"]).timestamp()
        self.calls.append(Call(row["key"], row["channel"], row["to"], row["sender"], row["outcome"], at))
        self.sends += row["outcome"] in ("accepted", "lost", "refused")


def duplicates(calls: Sequence[Call], unknown: Collection[str]) -> list[str]:
    """Keys, and lines a customer reads, that came twice; and calls for what was settled for good.

    `unknown` are keys of which nobody could tell for a while: to ask the provider again with the same key is allowed.
    """
    reached = [call for call in calls if call.outcome in REACHED]
    keys = Counter(call.key for call in reached)
    seen = Counter((call.sender, call.channel, call.to) for call in reached)
    again = {call.key for call in calls if call.outcome == "duplicate" and call.key not in unknown}
    twice = {key for key, count in keys.items() if count > 1}
    return sorted(again | twice) + sorted(" ".join(line) for line, count in seen.items() if count > 1)


def late(calls: Sequence[Call], acknowledged: Told, begun: Mapping[str, float], lease: float) -> list[str]:
    """Keys of carts and looks that were sent after the purchase was acknowledged.

    A send begun before it may arrive after it: until its lease and its time-outs are over. By the ledger's word of when
    a send was begun there is no allowance.
    """
    names, owners = senders(), owner_of(acknowledged.carts)
    found = set()
    for call in calls:
        bought = acknowledged.orders.get(owners.get((call.channel, call.to), ""))
        if bought is None or names[call.sender] not in ("carts", "looks") or call.outcome not in REACHED:
            continue
        if call.at > bought + SAFE_LEASE_SHARE * lease + TIME_OUTS or begun.get(call.key, 0.0) > bought:
            found.add(call.key)
    return sorted(found)


def lost(calls: Sequence[Call], acknowledged: Told, messages: Sequence[Message]) -> list[Line]:
    """Whom nobody wrote to although they should have been, and nothing says why.

    A reason is that nobody can tell or that the provider refused; and where it was down, or the cascade went on while
    nobody could tell: that a later channel has written.
    """
    names, owners = senders(), owner_of(acknowledged.carts)
    dead = {(call.channel, call.to) for call in calls if call.outcome == "refused"}
    there = {
        Line(names[call.sender], call.channel, owners[call.channel, call.to])
        for call in calls
        if call.outcome in REACHED and (call.channel, call.to) in owners
    }
    ledger = {Line(message.journey, message.channel, message.customer): message for message in messages}

    def explained(line: Line) -> bool:
        message = ledger.get(line)
        if message and message.status in ("unknown", "failed"):
            return True
        if (line.channel, addresses(line.customer)[line.channel]) in dead:
            return True
        return _passed_by(message) and any(later in there for later in after(line))

    return [line for line in expected(acknowledged) if line not in there and not explained(line)]


def _passed_by(message: Message | None) -> bool:
    """Whether the cascade went on without this one: its provider was down, or it was in doubt for too long."""
    if message is None or message.reason.startswith(PASSED_OVER):
        return True
    return message.settled_by is not None and message.reason.startswith(SUPERSEDED)


def after(line: Line) -> Iterator[Line]:
    """The same for the channels that the cascade tries later."""
    channels = list(addresses(line.customer))
    for channel in channels[channels.index(line.channel) + 1 :]:
        yield line._replace(channel=channel)


def expected(acknowledged: Told) -> Iterator[Line]:
    """Every message that must have been sent: what the events of each customer ask for."""
    for customer in sorted(acknowledged.carts):
        journeys = ["thanks"] if customer in acknowledged.orders else ["carts", "looks"]
        for journey in [*journeys, *(["restock"] if customer in acknowledged.back else [])]:
            for channel in addresses(customer):
                yield Line(journey, channel, customer)


def unclassified(messages: Sequence[Message], unknown: Collection[str]) -> list[str]:
    """Keys of unknowns of which nobody has said what they were, or that it will never be known."""
    settled = {message.key for message in messages if message.settled_by}
    return sorted(set(unknown) - settled)


def owner_of(customers: Collection[str]) -> dict[tuple[str, str], str]:
    """The customer by channel and address."""
    return {place: customer for customer in customers for place in addresses(customer).items()}
