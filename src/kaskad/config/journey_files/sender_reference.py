"""Reads a reference to a sender: one of senders.yaml, or a property of the trigger event."""

from __future__ import annotations

from kaskad.config.journey_files.scope import Scope
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.journeys.condition import ValueType


def read_sender_reference(node: Node, scope: Scope) -> str:
    """The valid sender that the node names."""
    said = read_text(node)
    if not said.startswith("event."):
        return scope.catalogs.senders.name(node)
    if scope.vocabulary.type_of(said) is not ValueType.TEXT:
        fields = [f"event.{name}" for name, kind in (scope.properties or {}).items() if kind is ValueType.TEXT]
        raise node.error(unknown_name("text of the event", said, fields))
    return said
