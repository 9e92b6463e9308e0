"""Stand-ins for a provider or another system that this process cannot call: it is skipped by every caller."""

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
    """Stands in for such a provider. `why` says what is missing: its adapter, or an environment variable."""

    name: str
    channel: Channel
    why: str
    secret: str = field(default="", repr=False)

    async def send(self, message: OutboundMessage) -> SendResult:
        """An outage: nothing was sent."""
        return Retry(self.why, outage=True)

    def receipts(self, request: WebhookRequest) -> list[Receipt | UnreadableReceipt]:
        """The receipts of the webhook: this needs the secret, but no address. Raises InvalidSignature, Rejected."""
        if not self.secret:
            raise InvalidSignature(f"there is no secret of {self.name} here to prove it with")
        return webhook_signature.read_receipts(request.body, request.headers, self.secret, now=datetime.now(UTC))

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        """None: no provider can be asked."""
        return None

    async def aclose(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True, slots=True)
class UnavailableWebhook:
    """Stands in for another system that cannot be called."""

    why: str

    async def call(self, key: UUID, document: Mapping[str, Any]) -> SendResult:
        """An outage: no call was made."""
        return Retry(self.why, outage=True)
