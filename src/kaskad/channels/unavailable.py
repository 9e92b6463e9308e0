"""A provider, or another system, that this process cannot call: passed over, whoever asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kaskad.channels import webhook_signature
from kaskad.channels.base import WebhookRequest
from kaskad.domain.channel import Channel, OutboundMessage, Receipt, Retry, SendResult, UnreadableReceipt
from kaskad.domain.errors import InvalidSignature


@dataclass(slots=True)
class UnavailableProvider:
    """What stands in its place. `why` says what is missing: its adapter, or a variable of the environment."""

    name: str
    channel: Channel
    why: str
    secret: str = field(default="", repr=False)

    async def send(self, message: OutboundMessage) -> SendResult:
        """Nothing was sent; an outage."""
        return Retry(self.why, outage=True)

    def receipts(self, request: WebhookRequest) -> list[Receipt | UnreadableReceipt]:
        """Receipts are read all the same: they need its secret, and not its address. Raises Forged, Rejected."""
        if not self.secret:
            raise InvalidSignature(f"there is no secret of {self.name} here to prove it with")
        return webhook_signature.read_receipts(request.body, request.headers, self.secret, datetime.now(UTC))

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        """Nobody can be asked."""
        return None

    async def aclose(self) -> None:
        """Nothing was opened."""


@dataclass(frozen=True, slots=True)
class UnavailableWebhook:
    """What stands in place of another system that cannot be called."""

    why: str

    async def call(self, key: UUID, document: Mapping[str, Any]) -> SendResult:
        """It was not told."""
        return Retry(self.why, outage=True)
