"""Opt-outs: what they withdraw for the customer, for the address, and for the step that the message belongs to.

A complaint, or STOP by SMS, closes its address, in its channel, to everything, for all customers with that address.
"Unsubscribe" withdraws what allowed the message: marketing consent of all who have the address, else whatever more that
journey would send to that address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Mode, Reason
from kaskad.domain.own_sources import OwnSource
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion.receipt_targets import ReceiptTarget
from kaskad.storage.people.addresses import Address

REASONS = {ReceiptKind.COMPLAINED: Reason.COMPLAINED, ReceiptKind.UNSUBSCRIBED: Reason.UNSUBSCRIBED}
EVERY_JOURNEY = ""
OWN_LINK = OwnSource.UNSUBSCRIBE


class UnsubscribeScope(Enum):
    """What a click on "unsubscribe" ends."""

    TOPIC = "topic"  # marketing on the message's topic, in every channel, for everybody who has the address now
    CHANNEL = "channel"  # all marketing in the message's channel, for everybody who has the address now
    JOURNEY = "journey"  # what the journey sends to that address
    NOTHING = "nothing"  # it was a test: the person who clicked is not the customer


@dataclass(frozen=True, slots=True)
class UnsubscribeResult:
    """What a click on "unsubscribe" in a message has ended; `topic` is the topic's name."""

    ended: UnsubscribeScope
    channel: Channel
    topic: str | None


@dataclass(frozen=True, slots=True)
class OptOut:
    """An opt-out: its message, receipt, source, event, and the time at which it was received.

    It counts from that time: consent that was granted before is withdrawn, however late the opt-out is reported.
    """

    message: ReceiptTarget
    receipt: Receipt
    source: str
    event: str
    at: datetime


def unsubscribe_result(message: ReceiptTarget) -> UnsubscribeResult:
    """Returns what an unsubscribe by that message ends."""
    ended = UnsubscribeScope.TOPIC if message.topic else UnsubscribeScope.CHANNEL
    if message.purpose is not Purpose.MARKETING:
        ended = UnsubscribeScope.JOURNEY
    if message.mode is Mode.TEST:
        ended = UnsubscribeScope.NOTHING
    return UnsubscribeResult(ended, message.channel, message.topic)


def addresses_of(messages: Iterable[ReceiptTarget]) -> list[Address]:
    """Returns the addresses that these went to."""
    return [(message.channel, key) for message in messages if (key := _key(message))]


async def apply_opt_outs(connection: Connection, stops: Sequence[OptOut]) -> None:
    """Applies these opt-outs, each once, however often it is reported. The customers and the addresses are locked."""
    await write_rows(connection, "withdraw_consents", [row for stop in stops for row in _withdrawn(stop)])
    await write_rows(connection, "write_suppressions", [row for stop in stops for row in _suppressed(stop)])


def _key(message: ReceiptTarget) -> str | None:
    """Returns the normalized address that it was sent to; None if there is none."""
    return message.address and (address_key(message.channel, message.address) or message.address)


def _withdrawn(stop: OptOut) -> Iterator[dict[str, Any]]:
    """Yields withdrawals: a click ends this topic everywhere; a complaint, or no topic, marketing in the channel."""
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
    message = stop.message
    everything = stop.receipt.kind is ReceiptKind.COMPLAINED or _is_stop(stop)
    if message.address is None or not (everything or unsubscribe_result(message).ended is UnsubscribeScope.JOURNEY):
        return
    yield {
        "channel": message.channel,
        "address": _key(message),
        "journey": EVERY_JOURNEY if everything else message.journey,
        "reason": REASONS[stop.receipt.kind],
        "source": stop.source,
        "at": stop.at,
    }


def _is_stop(stop: OptOut) -> bool:
    """Returns whether it is STOP as the answer to an SMS, which a provider reports; a click in a link is narrower."""
    by_sms = stop.message.channel is Channel.SMS and stop.receipt.kind is ReceiptKind.UNSUBSCRIBED
    return by_sms and stop.source != OWN_LINK
