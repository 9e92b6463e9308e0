"""configs/events.yaml and attributes.yaml: the shop's own part of the vocabulary."""

from __future__ import annotations

import re

from kaskad.config.catalog import Catalog, read_catalog
from kaskad.config.node import Node
from kaskad.config.record import Record
from kaskad.config.scalars import member, text
from kaskad.config.vocabulary import BUILT_IN, POINTS
from kaskad.domain.condition import ValueType
from kaskad.domain.shop import EventSpec

PROPERTY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
value_type = member("type", ValueType)


def events(node: Node) -> Catalog[EventSpec]:
    """Every event; an alias belongs to one of them."""
    found = read_catalog("event", node, _event)
    owners: dict[str, str] = {}
    for name, spec in found.items.items():
        for alias in (name, *spec.aliases):
            owner = owners.setdefault(alias, name)
            if owner != name:
                node.mapping()[name].wrong(f"'{alias}' is an alias of '{owner}' already")
    return found


def attribute(name: str, node: Node) -> ValueType:
    """The type of one attribute that the shop adds to its customers."""
    path = f"customer.{name}"
    if path in BUILT_IN or any(known.startswith(f"{path}.") for known in (*BUILT_IN, POINTS)):
        raise node.wrong_key(f"'{path}' is built in: choose another name")
    return value_type(node)


def _event(name: str, node: Node) -> EventSpec:
    record = Record(node)
    aliases = record.get("alias", _aliases, ())
    properties = record.table("properties", _property)
    record.done()
    return EventSpec(name=name, aliases=aliases, properties=properties)


def _aliases(node: Node) -> tuple[str, ...]:
    """One name, or a list of them."""
    return node.each(text) if isinstance(node.value, tuple) else (text(node),)


def _property(name: str, node: Node) -> ValueType:
    if not PROPERTY.match(name):
        raise node.wrong_key(f"'{name}' is not a property: small letters a–z, digits, _ and dots")
    return value_type(node)
