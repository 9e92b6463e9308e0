"""Reads where a value of a map comes from: a column, a constant, or a column by a table of words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, read_boolean, read_text
from kaskad.domain.importing.import_map import Column, Fields
from kaskad.domain.journeys.condition import ValueType

COLUMN_HINT = "the name of a column, or {column: …, names: {…}}, or {value: …}"


def read_column(node: Node) -> Column:
    """`Order ID`, `{column: Status, names: {paid: true}}`, `{value: EUR}`, `{sum: Amount}`."""
    if isinstance(node.value, str):
        return Column(read_text(node), place=_place(node))
    if not isinstance(node.value, dict):
        raise node.error(f"{COLUMN_HINT} is needed here, not {node.said}")
    record = Record(node)
    column = record.get("column", read_text, None)
    total = record.get("sum", read_text, None)
    constant = record.get("value", _read_constant, None)
    names = record.get("names", _read_names, None)
    default = record.get("default", _read_constant, None)
    filled = record.get("filled", _read_constant, None)
    optional = record.get("optional", read_boolean, False)
    per = record.get("per", read_text, None)
    record.has("type")  # read with the properties
    if [column, total, constant].count(None) != 2:
        record.error(node, "one of 'column', 'sum' and 'value' is needed: where the value comes from")
    record.done()
    return Column(column or total, constant, names, default, optional, total is not None, per, filled, _place(node))


def read_fields(node: Node) -> Fields:
    """Names and where the value of each comes from."""
    return node.fields(lambda _, value: read_column(value))


def read_types(node: Node) -> dict[str, ValueType]:
    """The types that the properties name: `{column: Points, type: number}`."""
    return {
        name: enum_member("type", ValueType)(value.value["type"])
        for name, value in node.mapping().items()
        if isinstance(value.value, dict) and "type" in value.value
    }


def _read_names(node: Node) -> dict[str, Any]:
    if not node.mapping():
        raise node.error("a table is needed here: a word of the file, and what it means")
    return {key.strip().casefold(): _read_constant(value) for key, value in node.mapping().items()}


def _read_constant(node: Node) -> Any:
    if isinstance(node.value, tuple | dict):
        raise node.error(f"a text, a number, true, false or null is needed here, not {node.said}")
    if isinstance(node.value, Decimal):
        return float(node.value)
    return node.value


def _place(node: Node) -> str:
    return f"{node.place.path}:{node.place.line}:{node.place.column}"
