"""What would become of each message: providers that send nothing, note what they got, and answer by given rates."""

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

# What is usual in a shop, where nobody gave other rates: of push and e-mail, most are never opened.
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
    """What is told of a message, so long after it went."""

    kind: ReceiptKind
    after: timedelta


@dataclass(slots=True)
class SimulatedAnswers:
    """How every message is answered: the same for the same seed, whoever sends, in whatever order.

    A message's id tells what it is about: on a stage no id is by chance.

    `heard`: what is to be told of each message that went since somebody looked last.
    """

    rates: Mapping[Channel, ResponseRates]
    seed: int = 0
    heard: dict[UUID, tuple[SimulatedReceipt, ...]] = field(default_factory=dict)
    recorded: Mapping[tuple[str, str, str], tuple[SimulatedReceipt, ...]] = field(
        default_factory=dict
    )  # address, channel, message
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (address, channel) → why it is refused

    def answer(self, message: OutboundMessage) -> SendResult:
        """The provider's answer; what comes later is noted."""
        if why := self.refusals.get((message.address, message.channel)):
            return Refused(why, address_dead=True)
        known = self.recorded.get((message.address, message.channel, message.collapse.rpartition(":")[2]))
        if known is not None:
            self.heard[message.id] = known
            return Sent()
        rates = self.rates[message.channel]

        def draw(what: str) -> float:
            text = "\x1f".join(map(str, (self.seed, message.id, what)))
            return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64

        fate = draw("fate")
        if fate >= 1 - rates.failed:
            return Refused("this address is not known")
        if told := tuple(_draw_receipts(rates, fate, draw("when"))):
            self.heard[message.id] = told
        return Sent()


def _draw_receipts(rates: ResponseRates, fate: float, when: float) -> Iterator[SimulatedReceipt]:
    """One draw for all of them: what is clicked was opened, what is opened was delivered."""
    seen = timedelta(seconds=int(60 + when * when * rates.within.total_seconds()))  # most of it early
    if fate < rates.delivered:
        yield SimulatedReceipt(ReceiptKind.DELIVERED, timedelta(seconds=5))
    if fate < rates.opened:
        yield SimulatedReceipt(ReceiptKind.OPENED, seen)
    if fate < rates.clicked:
        yield SimulatedReceipt(ReceiptKind.CLICKED, seen + timedelta(seconds=30))


class RecordingProvider:
    """A provider that keeps what it is given and calls nobody: there is no address of anybody in it."""

    def __init__(self, channel: Channel, answers: SimulatedAnswers) -> None:
        self.name, self.channel = provider_name(channel), channel
        self._answers = answers

    async def send(self, message: OutboundMessage) -> SendResult:
        """What would have become of it."""
        return self._answers.answer(message)

    def receipts(self, request: WebhookRequest) -> list[Receipt | UnreadableReceipt]:
        """Nobody calls back."""
        return []

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        """Nothing stays unknown here."""
        return None

    async def aclose(self) -> None:
        """There is nothing to give back."""


def provider_name(channel: Channel) -> str:
    """What the channel's recording provider is called."""
    return f"rehearsal_{channel}"
