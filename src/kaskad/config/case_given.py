"""What holds before a case begins: where the clock starts, who the customer is, which products there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kaskad.config.case_times import START, moment
from kaskad.config.node import Node
from kaskad.config.record import Record
from kaskad.config.rehearsals import Customer
from kaskad.config.scalars import member, text
from kaskad.config.shop_files import zone
from kaskad.domain.channel import Channel


@dataclass(frozen=True, slots=True)
class Given:
    """What holds before anything happens. `start` is a time in the customer's zone."""

    start: str
    customer: Customer
    products: Mapping[str, Mapping[str, Any]]


def given_of(node: Node, above: Given) -> Given:
    """What a file gives for all its cases, or a case over that."""
    record = Record(node)
    start = record.get("start", _start, above.start)
    customer = record.get("customer", lambda one: _customer(one, above.customer), above.customer)
    products = record.table("products", lambda _, one: plain_mapping(one))
    record.done()
    return Given(start, customer, {**above.products, **products})


def _start(node: Node) -> str:
    said = text(node)
    if moment(said) is None:
        raise node.wrong(f"'{said}' is no time to start at: write one like \"{START}\"")
    return said


def _customer(node: Node, above: Customer) -> Customer:
    record = Record(node)
    customer = replace(
        above,
        time_zone=record.get("time_zone", zone, above.time_zone),
        locale=record.get("locale", text, above.locale),
        reachable=record.get("reachable", _channels, above.reachable),
        consents=record.get("consents", _channels, above.consents),
        refuses=record.get("refuses", _channels, above.refuses),
        attributes={**above.attributes, **(record.get("attributes", plain_mapping, {}) or {})},
    )
    record.done()
    return customer


def _channels(node: Node) -> tuple[Channel, ...]:
    return node.each(member("channel", Channel))


def plain_mapping(node: Node) -> dict[str, Any]:
    """A mapping of anything, as JSON would have it."""
    return {key: value.plain() for key, value in node.mapping().items()}
