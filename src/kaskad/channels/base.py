"""Providers: what each adapter must know how to do, and the steps that are the same for all of them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from kaskad.channels import webhook_signature
from kaskad.domain.channel import Channel, OutboundMessage, Receipt, Refused, SendResult, UnreadableReceipt
from kaskad.domain.journeys.project import SuccessRule

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

Clock = Callable[[], datetime]
RETRY_SOON = timedelta(seconds=1)  # after a call that never reached the provider
Prepared = TypeVar("Prepared")  # a request as the protocol writes it
Answer = TypeVar("Answer")  # what came back, a failure included


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One provider as configured. `secret` signs its webhooks and opens its API; never shown by `repr`."""

    name: str
    channel: Channel
    adapter: str
    url: str
    secret: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    success: SuccessRule | None = None


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A webhook as it arrived: the raw body (signatures cover it), headers with lower-case names, the URL."""

    body: bytes
    headers: Mapping[str, str]
    url: str


class Provider(Protocol):
    """Sends messages over one channel and reads the provider's receipts."""

    name: str
    channel: Channel

    async def send(self, message: OutboundMessage) -> SendResult:
        """What became of one message. Never raises for anything that a provider or the network can do."""

    def receipts(self, request: WebhookRequest) -> list[Receipt | UnreadableReceipt]:
        """The lines of one webhook. Raises Forged when the signature does not hold, Rejected where it is no list."""

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        """What the provider knows of that message; None where it cannot tell."""

    async def aclose(self) -> None:
        """Gives back every connection that is this provider's own."""


class Adapter(ABC, Generic[Prepared, Answer]):
    """The fixed steps of a provider: build → post → classify. A provider supplies these three.

    `now` is the machine's clock: it dates mail and judges the age of signatures, never a decision.
    """

    def __init__(self, config: ProviderConfig, now: Clock) -> None:
        self.name, self.channel = config.name, config.channel
        self._config, self._now = config, now

    async def send(self, message: OutboundMessage) -> SendResult:
        if any(map(has_control_characters, (message.address, message.sender))):
            return Refused("control characters in the address or the sender")
        prepared = self._build(message)
        if isinstance(prepared, Refused):
            return prepared
        return self._classify(await self._post(prepared))

    def receipts(self, request: WebhookRequest) -> list[Receipt | UnreadableReceipt]:
        return webhook_signature.read_receipts(request.body, request.headers, self._config.secret, self._now())

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        return None

    async def aclose(self) -> None:
        return None

    @abstractmethod
    def _build(self, message: OutboundMessage) -> Prepared | Refused:
        """The message as the protocol writes it, or why it can never be written so."""

    @abstractmethod
    async def _post(self, prepared: Prepared) -> Answer:
        """The provider's answer; a failure of the network is an answer too. Only cancellation passes through."""

    @abstractmethod
    def _classify(self, answer: Answer) -> SendResult:
        """What the answer means for the message."""


def has_control_characters(text: str) -> bool:
    """True for anything that could end a header or a command: CR, LF, NUL and their kin."""
    return _CONTROL.search(text) is not None
