"""What a customer's no takes back: of the customer, of the address, and of the step that the message belongs to.

A complaint closes its address, in its channel, to everything, whoever has that address. "Unsubscribe" takes back what
the message stood on: marketing's consent, of everybody who has the address now, else whatever more that journey would
write to that address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from kaskad.domain.address_key import address_key
from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Reason
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import refused_addresses
from kaskad.storage.ingestion.receipt_targets import ReceiptTarget

REASONS = {ReceiptKind.COMPLAINED: Reason.COMPLAINED, ReceiptKind.UNSUBSCRIBED: Reason.UNSUBSCRIBED}
EVERY_JOURNEY = ""


class UnsubscribeScope(Enum):
    """What ends with a click on "unsubscribe"."""

    TOPIC = "topic"  # advertising on the message's topic, in every channel, of whoever has the address now
    CHANNEL = "channel"  # all advertising in the message's channel, of whoever has the address now
    JOURNEY = "journey"  # what the journey writes to that address
    NOTHING = "nothing"  # it was a test: whoever clicked is not the customer


@dataclass(frozen=True, slots=True)
class UnsubscribeResult:
    """What a click on "unsubscribe" in a message has ended; `topic` is the topic's name."""

    ended: UnsubscribeScope
    channel: Channel
    topic: str | None


@dataclass(frozen=True, slots=True)
class OptOut:
    """A no: to which message, by which receipt, told by whom (and as which event), and when it was heard.

    It counts from when it was heard: what was granted before that is taken back, however late it is told.
    """

    message: ReceiptTarget
    receipt: Receipt
    source: str
    event: str
    at: datetime


def unsubscribe_result(message: ReceiptTarget) -> UnsubscribeResult:
    """What unsubscribing by that message ends."""
    ended = UnsubscribeScope.TOPIC if message.topic else UnsubscribeScope.CHANNEL
    if message.purpose is not Purpose.MARKETING:
        ended = UnsubscribeScope.JOURNEY
    if message.mode == "test":
        ended = UnsubscribeScope.NOTHING
    return UnsubscribeResult(ended, message.channel, message.topic)


async def holders(connection: Connection, messages: Iterable[ReceiptTarget]) -> list[int]:
    """Whoever has an address that one of these went to; nobody else gets it until the transaction ends."""
    addresses = [(one.channel, key) for one in messages if (key := _key(one)) is not None]
    if not addresses:
        return []
    await refused_addresses.lock_addresses(connection, alone=True)
    return await refused_addresses.find_holders(connection, addresses)


async def apply_opt_outs(connection: Connection, stops: Sequence[OptOut]) -> None:
    """Takes back what these take back; once each, however often it is told. The customers are locked."""
    await write_rows(connection, "withdraw_consents", [row for stop in stops for row in _withdrawn(stop)])
    await write_rows(connection, "write_suppressions", [row for stop in stops for row in _suppressed(stop)])


def _key(message: ReceiptTarget) -> str | None:
    """What the address that it went to is compared by; None where it went to none."""
    return message.address and (address_key(message.channel, message.address) or message.address)


def _withdrawn(stop: OptOut) -> Iterator[dict[str, Any]]:
    """A click ends this topic everywhere; a complaint, or no topic, ends marketing in the channel."""
    message, complained = stop.message, stop.receipt.kind is ReceiptKind.COMPLAINED
    ended = UnsubscribeScope.CHANNEL if complained else unsubscribe_result(message).ended
    if ended not in (UnsubscribeScope.TOPIC, UnsubscribeScope.CHANNEL):
        return
    topic = message.topic if ended is UnsubscribeScope.TOPIC else None
    yield {
        "customer_id": message.customer,
        "reached_by": message.channel,
        "address": _key(message),
        "purpose": Purpose.MARKETING,
        "channel": None if topic else message.channel,
        "topic": topic,
        "source": stop.source,
        "message_id": stop.event,
        "at": stop.at,
    }


def _suppressed(stop: OptOut) -> Iterator[dict[str, Any]]:
    message, complained = stop.message, stop.receipt.kind is ReceiptKind.COMPLAINED
    if message.address is None or not (complained or unsubscribe_result(message).ended is UnsubscribeScope.JOURNEY):
        return
    yield {
        "channel": message.channel,
        "address": _key(message),
        "journey": EVERY_JOURNEY if complained else message.journey,
        "reason": REASONS[stop.receipt.kind],
        "source": stop.source,
        "at": stop.at,
    }
