"""`success:` of providers.yaml: what an answer looks like that took the message."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TypeVar

from kaskad.config.node import Node
from kaskad.config.record import Record
from kaskad.config.scalars import text, whole, word
from kaskad.domain.shop import Success

T = TypeVar("T")
PATH = re.compile(r"[^\s.]+(\.[^\s.]+)*\Z")
BODIES = ("body", "text", "starts", "json")


def success(node: Node, adapter: str | None) -> Success:
    """The mapping under `success:`. At most one of BODIES says what the answer has to hold."""
    if adapter == "smtp":
        raise node.wrong("a mail server says itself whether it took a letter: 'success' is for http")
    record = Record(node)
    status = record.get("status", _statuses, ())
    body = record.get("body", word("value", ["any"]), None)
    texts, starts = record.get("text", _texts, ()), record.get("starts", _texts, ())
    document = record.table("json", _values)
    if record.has("json") and record.at("json").value == {}:
        record.wrong(record.at("json"), "at least one path is needed, like {status: ok}")
    path = record.get("id", _path, "id")
    said = [key for key in BODIES if record.has(key)]
    if len(said) > 1:
        record.wrong(record.at(said[1]), f"'{said[0]}' and '{said[1]}' exclude each other: write one of them")
    record.done()
    if not node.mapping():
        raise node.wrong("write what success looks like here, like {status: [200, 204], body: any}")
    return Success.model_validate(
        {"status": status, "body": body, "text": texts, "starts": starts, "document": document, "id": path}
    )


def _statuses(node: Node) -> tuple[int, ...]:
    return _some(node, node.each(whole(200, 299)))


def _texts(node: Node) -> tuple[str, ...]:
    return _some(node, node.each(text))


def _some(node: Node, values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise node.wrong("at least one is needed in the list")
    return values


def _values(path: str, node: Node) -> tuple[str | int | float | bool | None, ...]:
    if not PATH.match(path):
        raise node.wrong_key(f"'{path}' is not a path: write keys and dots, like result.status or messages.0.status")
    if isinstance(node.value, tuple):
        return _some(node, node.each(_value))
    return (_value(node),)


def _value(node: Node) -> str | int | float | bool | None:
    if isinstance(node.value, (tuple, dict)):
        raise node.wrong(f"a single value is needed here, not {node.said}")
    return float(node.value) if isinstance(node.value, Decimal) else node.value


def _path(node: Node) -> str:
    if not PATH.match(text(node)):
        raise node.wrong(f"{node.said} is not a path: write keys and dots, like result.id or messages.0.id")
    return text(node)
