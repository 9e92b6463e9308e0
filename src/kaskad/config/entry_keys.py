"""How often somebody may enter: `once_per` and `again_after`."""

from __future__ import annotations

from kaskad.config.node import Node
from kaskad.config.quantities import duration
from kaskad.config.scalars import text
from kaskad.config.scope import Scope
from kaskad.config.wording import unknown
from kaskad.domain.condition import Same, ValueType
from kaskad.domain.entrance import CUSTOMER_ALONE, Again, KeyPart

AGAIN = "always, never, or a duration like 7d"
ROOTS = ("event", "order", "area", "product", "customer")  # a cart changes while one is inside


def once_per(node: Node, scope: Scope) -> tuple[KeyPart, ...]:
    """What an entry is once for: a word, a path, or several of them."""
    if not isinstance(node.value, tuple):
        return () if node.value == CUSTOMER_ALONE else (_part(node, scope),)
    parts = node.each(lambda each: _part(each, scope))
    if not parts:
        raise node.wrong("at least one thing is needed in the list, like [order, order.status]")
    paths = [part.path for part in parts]
    for number, each in enumerate(node.value):
        if paths[number] in paths[:number]:
            raise each.wrong(f"{each.said} stands in this list twice")
    return parts


def again(node: Node) -> Again:
    """When somebody may enter again."""
    if node.value == "always":
        return "always"
    if node.value == "never":
        return "never"
    if isinstance(node.value, str) and not node.value[:1].isdigit():
        trouble = unknown("value", node.value, ["always", "never"])
        raise node.wrong(trouble if "did you mean" in trouble else f"{node.said} is not {AGAIN}")
    return duration(node)


def _part(node: Node, scope: Scope) -> KeyPart:
    said = text(node)
    if said in list(Same):
        return KeyPart(path=said)
    if said == CUSTOMER_ALONE:
        raise node.wrong("every entry is once per customer: leave 'customer' out of the list")
    if "." not in said:
        raise node.wrong(unknown("value", said, [CUSTOMER_ALONE, *Same]))
    kind = scope.vocabulary.type_of(said)
    if kind is None:
        raise node.wrong(unknown("path", said, scope.vocabulary.paths(said)))
    if kind is ValueType.LIST or said.partition(".")[0] not in ROOTS:
        raise node.wrong(f"'{said}' does not tell one entry from another: use a value of the event, like order.status")
    return KeyPart(path=said, type=kind)
