"""The JSON Schemas of cascades: in cascades.yaml, and named or inline in a journey or a step."""

from __future__ import annotations

from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    Schema,
    any_of,
    array_schema,
    duration_schema,
    enum_schema,
    map_schema,
    name_schema,
    object_schema,
)
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.cascade import CascadeOrder
from kaskad.domain.journeys.condition import MessageState


def cascades_schema(names: ProjectNames) -> Schema:
    """The file cascades.yaml."""
    order = enum_schema(CascadeOrder, "Who comes first: as written, by price, or what this customer answered in")
    cascade = object_schema(
        "In which order the channels are tried", {"channels": channel_steps_schema(names)}, order=order
    )
    return map_schema(cascade, "Cascades by name")


def channel_steps_schema(names: ProjectNames) -> Schema:
    """The channel steps of a cascade."""
    known = [channel for channel in Channel if not names.of("channels") or channel in names.of("channels")]
    channel_step = object_schema(
        "One channel; without address, consent or app it is passed over",
        {"channel": enum_schema(known)},
        success=enum_schema(MessageState, "How far a message has to get for the cascade to end; sent, unless given"),
        fallback_after=duration_schema("Silent for so long, the next one follows; all but the last need it"),
    )
    return array_schema(channel_step, "The channels in the order in which they are tried", least=1)


def cascade_reference_schema(names: ProjectNames) -> Schema:
    """A cascade's name, or an inline cascade."""
    return any_of(
        name_schema(names.of("cascades"), "A cascade of cascades.yaml"),
        channel_steps_schema(names),
        said="Which channels, in which order",
    )
