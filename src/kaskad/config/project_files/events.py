"""Reads configs/events.yaml and attributes.yaml: the shop's own part of the vocabulary."""

from __future__ import annotations

import re

from kaskad.config.journey_files.vocabulary import BUILT_IN_PATHS, POINTS_PREFIX
from kaskad.config.yaml.catalog import Catalog, read_catalog
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, read_text
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.project import EventSpec

PROPERTY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
read_value_type = enum_member("type", ValueType)


def read_events(node: Node) -> Catalog[EventSpec]:
    """Every event; an alias belongs to exactly one of them."""
    found = read_catalog("event", node, _read_event)
    owners: dict[str, str] = {}
    for name, spec in found.items.items():
        for alias in (name, *spec.aliases):
            owner = owners.setdefault(alias, name)
            if owner != name:
                node.mapping()[name].error(f"'{alias}' is an alias of '{owner}' already")
    return found


def read_attribute(name: str, node: Node) -> ValueType:
    """The type of a customer attribute that the shop defines."""
    path = f"customer.{name}"
    if path in BUILT_IN_PATHS or any(known.startswith(f"{path}.") for known in (*BUILT_IN_PATHS, POINTS_PREFIX)):
        raise node.key_error(f"'{path}' is built in: choose another name")
    return read_value_type(node)


def _read_event(name: str, node: Node) -> EventSpec:
    record = Record(node)
    aliases = record.get("alias", _read_aliases, ())
    properties = record.table("properties", _read_property)
    record.done()
    return EventSpec(name=name, aliases=aliases, properties=properties)


def _read_aliases(node: Node) -> tuple[str, ...]:
    """One name, or a list of them."""
    return node.each(read_text) if isinstance(node.value, tuple) else (read_text(node),)


def _read_property(name: str, node: Node) -> ValueType:
    if not PROPERTY.match(name):
        raise node.key_error(f"'{name}' is not a property: small letters a–z, digits, _ and dots")
    return read_value_type(node)
