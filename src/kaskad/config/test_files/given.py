"""Reads the state before a test case begins: the start time, the customer, the products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kaskad.config.test_files.cases import CaseCustomer
from kaskad.config.test_files.times import DEFAULT_START, parse_moment
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, read_text
from kaskad.config.yaml.time_zones import read_time_zone
from kaskad.domain.channel import Channel


@dataclass(frozen=True, slots=True)
class Given:
    """The state before any event. `start` is a time in the customer's zone."""

    start: str
    customer: CaseCustomer
    products: Mapping[str, Mapping[str, Any]]


def read_given(node: Node, above: Given) -> Given:
    """The state of a file for all its cases, or of a case on top of that."""
    record = Record(node)
    start = record.get("start", _read_start, above.start)
    customer = record.get("customer", lambda value: _read_customer(value, above.customer), above.customer)
    products = record.table("products", lambda _, product: read_plain_mapping(product))
    record.done()
    return Given(start, customer, {**above.products, **products})


def _read_start(node: Node) -> str:
    said = read_text(node)
    if parse_moment(said) is None:
        raise node.error(f"'{said}' is no time to start at: write one like \"{DEFAULT_START}\"")
    return said


def _read_customer(node: Node, above: CaseCustomer) -> CaseCustomer:
    record = Record(node)
    customer = replace(
        above,
        time_zone=record.get("time_zone", read_time_zone, above.time_zone),
        locale=record.get("locale", read_text, above.locale),
        reachable=record.get("reachable", _read_channels, above.reachable),
        consents=record.get("consents", _read_channels, above.consents),
        refuses=record.get("refuses", _read_channels, above.refuses),
        attributes={**above.attributes, **(record.get("attributes", read_plain_mapping, {}) or {})},
    )
    record.done()
    return customer


def _read_channels(node: Node) -> tuple[Channel, ...]:
    return node.each(enum_member("channel", Channel))


def read_plain_mapping(node: Node) -> dict[str, Any]:
    """A mapping of any values, as in JSON."""
    return {key: value.plain() for key, value in node.mapping().items()}
