"""Reads configs/segments.yaml: groups of customers by conditions. A segment may name others; they are expanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kaskad.config.journey_files.comparisons import compared_paths
from kaskad.config.journey_files.conditions import read_conditions
from kaskad.config.journey_files.scope import REQUIRED_PROPERTY, Catalogs, Scope
from kaskad.config.yaml.catalog import Catalog
from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.scalars import check_name as a_name
from kaskad.domain.journeys.condition import AnyOf, Compare, Condition, Conditions, DidEvent, Not

IN_SEGMENT = "in_segment"
CUSTOMER_ROOTS = ("customer", "cart")  # the roots that a customer outside any journey has


def read_segments(node: Node, catalogs: Catalogs) -> Catalog[Conditions]:
    """Every segment; invalid ones, and those that refer to themselves, are broken."""
    try:
        nodes = node.mapping()
    except InvalidNode:
        nodes = {}
    found: Catalog[Conditions] = Catalog("segment", {}, frozenset(nodes))
    scope = Scope(replace(catalogs, segments=found), properties={})
    for name in _inner_first(nodes):
        try:
            found.items[a_name(name, nodes[name])] = _read_segment(nodes[name], scope)
        except InvalidNode:
            continue
    return Catalog("segment", found.items, frozenset(nodes) - frozenset(found.items))


def _read_segment(node: Node, scope: Scope) -> Conditions:
    said = read_conditions(node, scope)
    if not said:
        raise node.error("at least one condition is needed in the list")
    for condition in said:
        for trouble in _not_of_the_customer(condition):
            raise node.error(trouble)
    return said


def _inner_first(nodes: Mapping[str, Node]) -> list[str]:
    """The names, each after those that it refers to. A segment that refers to itself is left out, with a problem."""
    order: list[str] = []
    bad: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        for place in nodes[name].under(IN_SEGMENT):
            asked = str(place.value)
            if asked in (*way, name):
                circle = [*way, name, asked][[*way, name].index(asked) :]
                place.error(f"segment '{asked}' asks for itself: {' → '.join(circle)}")
                bad.update(circle)
            elif asked in nodes and asked not in order and asked not in bad:
                visit(asked, (*way, name))
        if name not in bad:
            order.append(name)

    for name in nodes:
        if name not in order and name not in bad:
            visit(name, ())
    return order


def _not_of_the_customer(condition: Condition, roots: Sequence[str] = CUSTOMER_ROOTS) -> Iterator[str]:
    """Yields problems with parts that only an entry of a journey has; in a `where` the checked event has its own."""
    match condition:
        case Compare():
            for path in compared_paths([condition]):
                if path.partition(".")[0] not in roots:
                    yield (
                        f"'{path}' belongs to an entry of a journey: a segment asks about customer.* and what they did"
                    )
        case DidEvent(same=same, since_enter=since, where=where):
            if same or since:
                yield f"'{'same' if same else 'since'}' belongs to an entry of a journey: leave it out in a segment"
            for part in where:
                yield from _not_of_the_customer(part, (*CUSTOMER_ROOTS, *REQUIRED_PROPERTY))
        case AnyOf(of=parts) | Not(of=parts):
            for part in parts:
                yield from _not_of_the_customer(part, roots)
