"""Channels: what goes out through one, what its provider answers, and what comes back as a receipt.

Whatever words of a provider an answer carries are cleaned here: no adapter can forget it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kaskad.domain.cleaning import clean_text


class Channel(StrEnum):
    """A way to reach a customer. `CALL` is worked by a person: its message is a call task."""

    PUSH = "push"
    EMAIL = "email"
    WEBPUSH = "webpush"
    VIBER = "viber"
    SMS = "sms"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message, rendered and ready. `id` is the idempotency key of every call made for it."""

    id: UUID
    channel: Channel
    address: str
    sender: str  # as the channel writes it: "Shop <hello@shop.example>", "SHOP"
    fields: Mapping[str, str]  # what the template of this channel renders: subject, html, text, title, body, url …
    expires_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)  # e-mail: List-Unsubscribe and its kin
    collapse: str = ""  # a later message with the same id replaces this one on the device


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it. `reference` is the provider's own id, empty where it gives none."""

    reference: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", clean_text(self.reference))


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never go this way; `address_dead` says that the contact is to blame, for every later message too."""

    why: str
    address_dead: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", clean_text(self.why))


@dataclass(frozen=True, slots=True)
class Retry:
    """It was *not* processed: safe to try again, not before `after`. An `outage` speaks of the provider's health."""

    why: str
    after: timedelta = timedelta(seconds=30)
    outage: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", clean_text(self.why))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell whether it was processed. Never sent again before that is settled, and never by another provider.

    An `outage` speaks of the provider's health: silence, a line cut off, an error of its own.
    """

    why: str
    outage: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", clean_text(self.why))


SendResult = Sent | Refused | Retry | Unknown


class ReceiptKind(StrEnum):
    """What a provider can tell afterwards."""

    SENT = "sent"  # heals an unknown
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    FAILED = "failed"  # after it had been accepted: bounce, not a Viber user
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"


OPT_OUT_RECEIPTS = frozenset({ReceiptKind.UNSUBSCRIBED, ReceiptKind.COMPLAINED})  # somebody says no


@dataclass(frozen=True, slots=True)
class Receipt:
    """One fact about one message. `by_machine` marks an open by a proxy or scanner: it never counts as success."""

    message: UUID
    kind: ReceiptKind
    at: datetime
    address_dead: bool = False
    by_machine: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class UnreadableReceipt:
    """A line of a webhook that is no receipt: a word for why, and a sentence. The others are not to blame for it."""

    code: str
    detail: str
