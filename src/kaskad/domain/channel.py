"""Channels: the outgoing message, the result of a provider's call, and the receipts that come back.

Texts of a provider are cleaned here, so that no adapter can forget it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kaskad.domain.cleaning import clean_text


class Channel(StrEnum):
    """A way to reach a customer. A person works on `CALL`: its message is a call task."""

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
    fields: Mapping[str, str]  # the rendered parts of this channel's template: subject, html, text, title, body, url …
    expires_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)  # e-mail: List-Unsubscribe and similar
    collapse: str = ""  # a later message with the same id replaces this one on the device


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted the message. `reference` is the provider's own id, empty if it gives none."""

    reference: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", clean_text(self.reference))


@dataclass(frozen=True, slots=True)
class Refused:
    """This message can never be sent this way; `address_dead` says that the contact can get no later message either."""

    why: str
    address_dead: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", clean_text(self.why))


@dataclass(frozen=True, slots=True)
class Retry:
    """It was *not* processed: safe to try again after `after`. With `outage` it counts for the provider's health."""

    why: str
    after: timedelta = timedelta(seconds=30)
    outage: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", clean_text(self.why))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether it was processed. It is not sent again until that is settled, never by another provider.

    With `outage` it counts for the provider's health: a timeout, a lost connection, a server error.
    """

    why: str
    outage: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", clean_text(self.why))


SendResult = Sent | Refused | Retry | Unknown


class ReceiptKind(StrEnum):
    """The kinds of receipts."""

    SENT = "sent"  # resolves an unknown outcome
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    FAILED = "failed"  # after it had been accepted: a bounce, or the address is no Viber user
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"


OPT_OUT_RECEIPTS = frozenset({ReceiptKind.UNSUBSCRIBED, ReceiptKind.COMPLAINED})  # the customer opts out


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
    """A line of a webhook that is no receipt: a code and a sentence. The other lines are still used."""

    code: str
    detail: str
