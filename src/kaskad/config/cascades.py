"""configs/cascades.yaml, and the cascade that a journey or a step names or writes out."""

from __future__ import annotations

from kaskad.config.catalog import Catalog
from kaskad.config.conditions import message_state
from kaskad.config.node import Node
from kaskad.config.quantities import duration
from kaskad.config.record import Record
from kaskad.config.scalars import member, text
from kaskad.domain.cascade import Cascade, Order, Rung
from kaskad.domain.channel import Channel
from kaskad.domain.condition import MessageState
from kaskad.domain.model import Duration
from kaskad.domain.shop import ChannelSpec

NO_FALLBACK = Duration()
known_channel = member("channel", Channel)


def cascade(node: Node, cascades: Catalog[Cascade], channels: Catalog[ChannelSpec]) -> Cascade:
    """A cascade by name, or its channels written out as a list."""
    if not isinstance(node.value, tuple):
        return cascades.find(node)
    found = Cascade(channels=node.each(lambda rung: _rung(rung, channels)))
    _check(node, found, channels)
    return found


def named_cascade(name: str, node: Node, channels: Catalog[ChannelSpec]) -> Cascade:
    """One entry of cascades.yaml: `order` and `channels`."""
    record = Record(node)
    order = record.get("order", member("order", Order), Order.FIXED)
    hint = "the list of channels, like [{channel: email}]"
    rungs = record.need("channels", lambda it: it.each(lambda rung: _rung(rung, channels)), hint)
    record.done()
    found = Cascade(name=name, order=order, channels=rungs)
    _check(record.at("channels"), found, channels)
    return found


def configured_channel(node: Node, channels: Catalog[ChannelSpec]) -> Channel:
    """A channel that channels.yaml has."""
    channel = known_channel(node)
    if channel not in channels.items and channel not in channels.broken:
        raise node.wrong(f"channel '{text(node)}' is not in configs/channels.yaml: write its price and providers there")
    return channel


def _rung(node: Node, channels: Catalog[ChannelSpec]) -> Rung:
    record = Record(node)
    channel = record.need("channel", lambda it: configured_channel(it, channels), "the name of a channel")
    success = record.get("success", message_state, MessageState.SENT)
    fallback_after = record.get("fallback_after", duration, NO_FALLBACK)
    record.done()
    return Rung(channel=channel, success=success, fallback_after=fallback_after)


def _check(node: Node, cascade: Cascade, channels: Catalog[ChannelSpec]) -> None:
    """No channel twice, and every rung but the one tried last says how long it waits."""
    lines: dict[Channel, Node] = {}
    for rung, line in zip(cascade.channels, node.list(), strict=True):
        if rung.channel in lines:
            raise line.wrong(f"channel '{rung.channel}' stands in this cascade twice")
        lines[rung.channel] = line
    if not lines:
        raise node.wrong("at least one channel is needed in the list")
    costs = {spec.channel: spec.cost for spec in channels.items.values()}
    hasty = [rung.channel for rung in cascade.ordered(costs)[:-1] if rung.fallback_after == NO_FALLBACK]
    wrong = [lines[each].wrong("'fallback_after' is missing: every channel but the last needs it") for each in hasty]
    last = cascade.channels[-1]
    if cascade.order is Order.PREFERRED and last.success is not MessageState.SENT and not last.fallback_after.longest:
        wrong.append(lines[last.channel].wrong("'fallback_after' is missing: with 'preferred' this may come first"))
    if wrong:
        raise wrong[0]
