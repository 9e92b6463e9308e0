"""Cascades, as files say them: the channels of one message, and the order in which they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import MessageState
from kaskad.domain.model import Model

NO_REPLIES: Mapping[Channel, datetime] = MappingProxyType({})


class CascadeOrder(StrEnum):
    """The order of channels: as written, by price, or first the channel that this customer last responded in."""

    FIXED = "fixed"
    CHEAPEST = "cheapest"
    PREFERRED = "preferred"


class ChannelStep(Model):
    """One channel of a cascade. If it had no success `fallback_after` it was sent, the next one is tried."""

    channel: Channel
    success: MessageState = MessageState.SENT
    fallback_after: Duration = Duration()


class Cascade(Model):
    """Channels in the order in which they are tried."""

    name: str = ""
    order: CascadeOrder = CascadeOrder.FIXED
    channels: tuple[ChannelStep, ...]

    def channel_step(self, channel: Channel) -> ChannelStep | None:
        """The channel step of that channel; None if an edit removed it."""
        return next((channel_step for channel_step in self.channels if channel_step.channel is channel), None)

    def ordered(
        self, costs: Mapping[Channel, Decimal], answered: Mapping[Channel, datetime] = NO_REPLIES
    ) -> tuple[ChannelStep, ...]:
        """The channel steps in the order in which they are tried; equal prices keep the written order.

        `answered`: channel → when the customer last opened or clicked there. With `preferred` the latest of these comes
        first if it is in this cascade, the others as written; if two have the same time, the one written first.
        """
        if self.order is CascadeOrder.CHEAPEST:
            return tuple(sorted(self.channels, key=lambda channel_step: costs.get(channel_step.channel, Decimal(0))))
        liked = [channel_step for channel_step in self.channels if channel_step.channel in answered]
        if self.order is not CascadeOrder.PREFERRED or not liked:
            return self.channels
        first = max(liked, key=lambda channel_step: answered[channel_step.channel])
        return (first, *(channel_step for channel_step in self.channels if channel_step is not first))
