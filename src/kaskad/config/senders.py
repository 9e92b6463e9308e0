"""In whose name is written: one of senders.yaml, or a field of the event that lets people in."""

from __future__ import annotations

from kaskad.config.node import Node
from kaskad.config.scalars import text
from kaskad.config.scope import Scope
from kaskad.config.wording import unknown
from kaskad.domain.condition import ValueType


def named_sender(node: Node, scope: Scope) -> str:
    """The sender that the node names, checked."""
    said = text(node)
    if not said.startswith("event."):
        return scope.catalogs.senders.name(node)
    if scope.vocabulary.type_of(said) is not ValueType.TEXT:
        fields = [f"event.{name}" for name, kind in (scope.properties or {}).items() if kind is ValueType.TEXT]
        raise node.wrong(unknown("text of the event", said, fields))
    return said
