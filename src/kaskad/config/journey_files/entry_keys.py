"""Reads `once_per` and `again_after`: how often a customer may enter."""

from __future__ import annotations

from kaskad.config.journey_files.scope import Scope
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.journeys.condition import SameAs, ValueType
from kaskad.domain.journeys.entry_trigger import CUSTOMER_ALONE, KeyPart, ReentryRule

AGAIN_AFTER_HINT = "always, never, or a duration like 7d"
ROOTS = ("event", "order", "area", "product", "customer")  # no `cart`: it changes while the customer is inside


def once_per(node: Node, scope: Scope) -> tuple[KeyPart, ...]:
    """The parts of the entry key: a word, a path, or several of them."""
    if not isinstance(node.value, tuple):
        return () if node.value == CUSTOMER_ALONE else (_read_key_part(node, scope),)
    parts = node.each(lambda each: _read_key_part(each, scope))
    if not parts:
        raise node.error("at least one thing is needed in the list, like [order, order.status]")
    paths = [part.path for part in parts]
    for number, each in enumerate(node.value):
        if paths[number] in paths[:number]:
            raise each.error(f"{each.said} stands in this list twice")
    return parts


def read_again_after(node: Node) -> ReentryRule:
    """When a customer may enter again."""
    if node.value == "always":
        return "always"
    if node.value == "never":
        return "never"
    if isinstance(node.value, str) and not node.value[:1].isdigit():
        trouble = unknown_name("value", node.value, ["always", "never"])
        raise node.error(trouble if "did you mean" in trouble else f"{node.said} is not {AGAIN_AFTER_HINT}")
    return read_duration(node)


def _read_key_part(node: Node, scope: Scope) -> KeyPart:
    said = read_text(node)
    if said in list(SameAs):
        return KeyPart(path=said)
    if said == CUSTOMER_ALONE:
        raise node.error("every entry is once per customer: leave 'customer' out of the list")
    if "." not in said:
        raise node.error(unknown_name("value", said, [CUSTOMER_ALONE, *SameAs]))
    kind = scope.vocabulary.type_of(said)
    if kind is None:
        raise node.error(unknown_name("path", said, scope.vocabulary.paths(said)))
    if kind is ValueType.LIST or said.partition(".")[0] not in ROOTS:
        raise node.error(f"'{said}' does not tell one entry from another: use a value of the event, like order.status")
    return KeyPart(path=said, type=kind)
