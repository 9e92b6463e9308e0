"""Cascades as schemas: those of cascades.yaml, and those that a journey or a step names or writes out."""

from __future__ import annotations

from kaskad.config.schema.names import Names
from kaskad.config.schema.parts import Schema, duration, either, listed, named, record, table, word
from kaskad.domain.cascade import Order
from kaskad.domain.channel import Channel
from kaskad.domain.condition import MessageState


def cascades(names: Names) -> Schema:
    """The file cascades.yaml."""
    order = word(Order, "Who comes first: as written, by price, or what this customer answered in")
    one = record("In which order the channels are tried", {"channels": rungs(names)}, order=order)
    return table(one, "Cascades by name")


def rungs(names: Names) -> Schema:
    """The lines of a cascade."""
    known = [channel for channel in Channel if not names.of("channels") or channel in names.of("channels")]
    rung = record(
        "One channel; without address, consent or app it is passed over",
        {"channel": word(known)},
        success=word(MessageState, "How far a message has to get for the cascade to end; sent, unless given"),
        fallback_after=duration("Silent for so long, the next one follows; all but the last need it"),
    )
    return listed(rung, "The channels in the order in which they are tried", least=1)


def chosen(names: Names) -> Schema:
    """A cascade by its name, or written out."""
    return either(
        named(names.of("cascades"), "A cascade of cascades.yaml"), rungs(names), said="Which channels, in which order"
    )
