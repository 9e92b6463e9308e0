"""Providers: the interface of adapters, and the steps that all of them share."""

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
from kaskad.domain.journeys.providers import SuccessRule

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

Clock = Callable[[], datetime]
RETRY_SOON = timedelta(seconds=1)  # after a call that never reached the provider
Prepared = TypeVar("Prepared")  # a request in the protocol's form
Answer = TypeVar("Answer")  # the response, or a failure


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One configured provider. `secret` signs its webhooks and gives access to its API; `repr` never shows it."""

    name: str
    channel: Channel
    adapter: str
    url: str
    secret: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    success: SuccessRule | None = None


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A received webhook: the raw body (signatures cover it), headers with lower-case names, the URL."""

    body: bytes
    headers: Mapping[str, str]
    url: str


class Provider(Protocol):
    """Sends messages over one channel and reads the provider's receipts."""

    name: str
    channel: Channel

    async def send(self, message: OutboundMessage) -> SendResult:
        """The result for one message. Never raises because of the provider or the network."""

    def receipts(self, request: WebhookRequest) -> list[Receipt | UnreadableReceipt]:
        """The lines of one webhook. Raises InvalidSignature, or Rejected if the body is no list."""

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        """The provider's status of that message; None if it has none."""

    async def aclose(self) -> None:
        """Closes the connections that belong to this provider."""


class Adapter(ABC, Generic[Prepared, Answer]):
    """The fixed steps of a provider: build → post → classify. An adapter implements these three.

    `now` is the machine's clock: for the date of e-mails and the age of signatures, never for a decision.
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
        return webhook_signature.read_receipts(request.body, request.headers, self._config.secret, now=self._now())

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        return None

    async def aclose(self) -> None:
        return None

    @abstractmethod
    def _build(self, message: OutboundMessage) -> Prepared | Refused:
        """The message in the protocol's form, or a refusal if it can never have one."""

    @abstractmethod
    async def _post(self, prepared: Prepared) -> Answer:
        """The provider's response; a network failure is one too. Only cancellation is raised."""

    @abstractmethod
    def _classify(self, answer: Answer) -> SendResult:
        """The result that the response means for the message."""


def has_control_characters(text: str) -> bool:
    """True for characters that could end a header or a command: CR, LF, NUL and similar ones."""
    return _CONTROL.search(text) is not None
