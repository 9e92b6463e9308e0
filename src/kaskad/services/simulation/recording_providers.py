"""Providers that send nothing: they record messages and answer by given rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from uuid import UUID

from kaskad.channels.base import WebhookRequest
from kaskad.config.test_files.response_rates import ResponseRates
from kaskad.domain.channel import (
    Channel,
    OutboundMessage,
    Receipt,
    ReceiptKind,
    Refused,
    SendResult,
    Sent,
    UnreadableReceipt,
)

# Usual rates of a shop, if none are given: most push and e-mail messages are never opened.
USUAL_RATES: Mapping[Channel, ResponseRates] = {
    Channel.PUSH: ResponseRates(failed=0.03, delivered=0.92, opened=0.07, clicked=0.05),
    Channel.EMAIL: ResponseRates(failed=0.01, delivered=0.97, opened=0.22, clicked=0.03, within=timedelta(hours=20)),
    Channel.WEBPUSH: ResponseRates(failed=0.05, delivered=0.80, opened=0.06, clicked=0.05),
    Channel.VIBER: ResponseRates(failed=0.15, delivered=0.80, opened=0.55, clicked=0.06),
    Channel.SMS: ResponseRates(failed=0.02, delivered=0.96),
    Channel.CALL: ResponseRates(),
}
SILENT_RATES: Mapping[Channel, ResponseRates] = {channel: ResponseRates(delivered=0.0) for channel in Channel}


@dataclass(frozen=True, slots=True)
class SimulatedReceipt:
    """A receipt of a message, and how long after the send it comes."""

    kind: ReceiptKind
    after: timedelta


@dataclass(slots=True)
class SimulatedAnswers:
    """The answer to every message: the same for the same seed, whatever sends it, in whatever order.

    A message's id depends only on its content: in a simulation no id is random.

    `heard`: the receipts of each message that was sent since the last call.
    """

    rates: Mapping[Channel, ResponseRates]
    seed: int = 0
    heard: dict[UUID, tuple[SimulatedReceipt, ...]] = field(default_factory=dict)
    recorded: Mapping[tuple[str, str, str], tuple[SimulatedReceipt, ...]] = field(
        default_factory=dict
    )  # address, channel, message
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (address, channel) → why it is refused

    def answer(self, message: OutboundMessage) -> SendResult:
        """Returns the provider's answer and records the receipts that come later."""
        if why := self.refusals.get((message.address, message.channel)):
            return Refused(why, address_dead=True)
        known = self.recorded.get((message.address, message.channel, message.collapse.rpartition(":")[2]))
        if known is not None:
            self.heard[message.id] = known
            return Sent()
        rates = self.rates[message.channel]

        def draw(name: str) -> float:
            text = "\x1f".join(map(str, (self.seed, message.id, name)))
            return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64

        fate = draw("fate")
        if fate >= 1 - rates.failed:
            return Refused("this address is not known")
        if receipts := tuple(_draw_receipts(rates, fate, draw("when"))):
            self.heard[message.id] = receipts
        return Sent()


def _draw_receipts(rates: ResponseRates, fate: float, when: float) -> Iterator[SimulatedReceipt]:
    """Yields receipts from one random draw: what is clicked was opened, what is opened was delivered."""
    seen = timedelta(seconds=int(60 + when * when * rates.within.total_seconds()))  # most of it early
    if fate < rates.delivered:
        yield SimulatedReceipt(ReceiptKind.DELIVERED, timedelta(seconds=5))
    if fate < rates.opened:
        yield SimulatedReceipt(ReceiptKind.OPENED, seen)
    if fate < rates.clicked:
        yield SimulatedReceipt(ReceiptKind.CLICKED, seen + timedelta(seconds=30))


class RecordingProvider:
    """A provider that records its messages and calls nothing: it has no real address."""

    def __init__(self, channel: Channel, answers: SimulatedAnswers) -> None:
        self.name, self.channel = provider_name(channel), channel
        self._answers = answers

    async def send(self, message: OutboundMessage) -> SendResult:
        """Returns the simulated outcome."""
        return self._answers.answer(message)

    def receipts(self, request: WebhookRequest) -> list[Receipt | UnreadableReceipt]:
        """Returns nothing: no provider calls back."""
        return []

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        """Returns None: no outcome stays unknown here."""
        return None

    async def aclose(self) -> None:
        """Does nothing: there is nothing to close."""


def provider_name(channel: Channel) -> str:
    """Returns the name of the channel's recording provider."""
    return f"rehearsal_{channel}"
