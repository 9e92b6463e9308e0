"""The behaviour of the sandbox: shares and delays per channel, with exceptions per address.

Every choice is a hash of the seed and the message or address, so that two runs have equal results.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kaskad.domain.channel import Channel

Share = Annotated[float, Field(ge=0, le=1)]
Span = tuple[timedelta, timedelta]  # evenly distributed between the two; in JSON as seconds or ISO 8601


class Rates(BaseModel):
    """What happens to the messages of one channel, or of one address. The shares are independent of each other.

    Times are on the engine's clock: `failed_after` and `delivered_after` from the acceptance, the others from
    delivery; the click of a customer who also opened comes after the open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    refuse: Share = 0.0  # permanently, by address
    retry: Share = 0.0  # "later, not processed" (429, SMTP 451), decided again at each call
    delay_s: Annotated[float, Field(ge=0)] = 0.0  # machine time between accepting a message and the answer
    lose: Share = 0.0  # processed, but the connection is dropped without an answer
    confirm: Share = 0.0  # a `sent` receipt at once: it settles an unknown outcome
    swallow: Share = 0.0  # accepted, then a `failed` receipt and nothing else
    deliver: Share = 1.0  # a `delivered` receipt; without it no open or click
    open: Share = 0.0
    click: Share = 0.0
    machine_open: Share = 0.0  # by a proxy or scanner
    failed_after: Span = (timedelta(seconds=30), timedelta(minutes=5))
    delivered_after: Span = (timedelta(seconds=1), timedelta(minutes=1))
    opened_after: Span = (timedelta(minutes=2), timedelta(hours=2))
    clicked_after: Span = (timedelta(seconds=10), timedelta(minutes=10))
    machine_opened_after: Span = (timedelta(seconds=1), timedelta(seconds=20))


class Behaviour(BaseModel):
    """The behaviour of all channels. `to` has, per address, only what differs from its channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    default: Rates = Rates()
    channels: Mapping[Channel, Rates] = Field(default_factory=dict)
    to: Mapping[str, Rates] = Field(default_factory=dict)

    def rates(self, channel: Channel, address: str) -> Rates:
        """The rates for one message: each value comes from the address, else the channel, else the default."""
        rates = self._by_channel[channel]
        return _merge_rates(rates, self.to[address]) if address in self.to else rates

    @cached_property
    def _by_channel(self) -> Mapping[Channel, Rates]:
        return {channel: _merge_rates(self.default, self.channels.get(channel, Rates())) for channel in Channel}

    def happens(self, share: float, *about: object) -> bool:
        """True for this share of all keys; always the same for the same key."""
        return self._draw(*about) < share

    def within(self, span: Span, *about: object) -> timedelta:
        """A time within the span; always the same for the same key."""
        first, last = span
        return first + (last - first) * self._draw(*about)

    def _draw(self, *about: object) -> float:
        text = "\x1f".join(map(str, (self.seed, *about)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def _merge_rates(below: Rates, above: Rates) -> Rates:
    return below.model_copy(update={name: getattr(above, name) for name in above.model_fields_set})
