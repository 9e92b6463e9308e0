"""Reads configs/cascades.yaml, and the cascades that a journey or a step names or contains."""

from __future__ import annotations

from kaskad.config.journey_files.conditions import read_message_state
from kaskad.config.yaml.catalog import Catalog
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, read_text
from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade, CascadeOrder, ChannelStep
from kaskad.domain.journeys.condition import MessageState
from kaskad.domain.journeys.providers import ChannelSpec

NO_FALLBACK = Duration()
read_channel_name = enum_member("channel", Channel)


def read_cascade(node: Node, cascades: Catalog[Cascade], channels: Catalog[ChannelSpec]) -> Cascade:
    """A cascade by name, or an inline list of channels."""
    if not isinstance(node.value, tuple):
        return cascades.find(node)
    found = Cascade(channels=node.each(lambda channel_step: _read_channel_step(channel_step, channels)))
    _check_fallbacks(node, found, channels)
    return found


def read_named_cascade(name: str, node: Node, channels: Catalog[ChannelSpec]) -> Cascade:
    """One entry of cascades.yaml: `order` and `channels`."""
    record = Record(node)
    order = record.get("order", enum_member("order", CascadeOrder), CascadeOrder.FIXED)
    hint = "the list of channels, like [{channel: email}]"
    channel_steps = record.need(
        "channels", lambda it: it.each(lambda channel_step: _read_channel_step(channel_step, channels)), hint
    )
    record.done()
    found = Cascade(name=name, order=order, channels=channel_steps)
    _check_fallbacks(record.at("channels"), found, channels)
    return found


def read_configured_channel(node: Node, channels: Catalog[ChannelSpec]) -> Channel:
    """A channel of channels.yaml."""
    channel = read_channel_name(node)
    if channel not in channels.items and channel not in channels.broken:
        raise node.error(
            f"channel '{read_text(node)}' is not in configs/channels.yaml: write its price and providers there"
        )
    return channel


def _read_channel_step(node: Node, channels: Catalog[ChannelSpec]) -> ChannelStep:
    record = Record(node)
    channel = record.need("channel", lambda it: read_configured_channel(it, channels), "the name of a channel")
    success = record.get("success", read_message_state, MessageState.SENT)
    fallback_after = record.get("fallback_after", read_duration, NO_FALLBACK)
    record.done()
    return ChannelStep(channel=channel, success=success, fallback_after=fallback_after)


def _check_fallbacks(node: Node, cascade: Cascade, channels: Catalog[ChannelSpec]) -> None:
    """Checks that no channel is used twice, and that every channel step but the last one has a wait."""
    lines: dict[Channel, Node] = {}
    for channel_step, line in zip(cascade.channels, node.list(), strict=True):
        if channel_step.channel in lines:
            raise line.error(f"channel '{channel_step.channel}' stands in this cascade twice")
        lines[channel_step.channel] = line
    if not lines:
        raise node.error("at least one channel is needed in the list")
    costs = {spec.channel: spec.cost for spec in channels.items.values()}
    hasty = [
        channel_step.channel
        for channel_step in cascade.ordered(costs)[:-1]
        if channel_step.fallback_after == NO_FALLBACK
    ]
    wrong = [lines[each].error("'fallback_after' is missing: every channel but the last needs it") for each in hasty]
    last = cascade.channels[-1]
    if (
        cascade.order is CascadeOrder.PREFERRED
        and last.success is not MessageState.SENT
        and not last.fallback_after.longest
    ):
        wrong.append(lines[last.channel].error("'fallback_after' is missing: with 'preferred' this may come first"))
    if wrong:
        raise wrong[0]
