"""Reads `formats:` of a source: how it writes times, dates and numbers."""

from __future__ import annotations

from collections.abc import Callable

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import one_of, read_text
from kaskad.domain.values.dialect import Formats
from kaskad.domain.values.instants import is_format

DECIMAL_MARKS = (",", ".")


def read_formats(node: Node) -> Formats:
    """`{time: ["DD.MM.YYYY HH:mm"], date: ["DD.MM.YYYY"], decimal: ","}`."""
    record = Record(node)
    times = record.get("time", _several(_read_time_format), ())
    dates = record.get("date", _several(_read_date_format), ())
    decimal = record.get("decimal", one_of("mark", DECIMAL_MARKS), None)
    record.done()
    return Formats.model_validate({"time": times, "date": dates, "decimal": decimal})


def _several(read: Callable[[Node], str]) -> Callable[[Node], tuple[str, ...]]:
    """One format, or a list of them."""
    return lambda node: node.each(read) if isinstance(node.value, tuple) else (read(node),)


def _read_time_format(node: Node) -> str:
    text = read_text(node)
    if not is_format(text, of_day=False):
        raise node.error(f"{node.said} does not name a day and a time: write one like DD.MM.YYYY HH:mm")
    return text


def _read_date_format(node: Node) -> str:
    text = read_text(node)
    if not is_format(text, of_day=True):
        raise node.error(f"{node.said} does not name a day of a year: write one like DD.MM.YYYY")
    return text
