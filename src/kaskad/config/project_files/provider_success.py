"""Reads `success:` of providers.yaml: how a response shows that the message was accepted."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TypeVar

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import integer_between, one_of, read_text
from kaskad.domain.journeys.providers import SuccessRule

T = TypeVar("T")
PATH = re.compile(r"[^\s.]+(\.[^\s.]+)*\Z")
BODY_KEYS = ("body", "text", "starts", "json")


def read_success(node: Node, adapter: str | None) -> SuccessRule:
    """The mapping under `success:`. At most one of BODIES says what the response must contain."""
    if adapter == "smtp":
        raise node.error("a mail server says itself whether it took a letter: 'success' is for http")
    record = Record(node)
    status = record.get("status", _read_statuses, ())
    body = record.get("body", one_of("value", ["any"]), None)
    texts, starts = record.get("text", _read_texts, ()), record.get("starts", _read_texts, ())
    document = record.table("json", _read_values)
    if record.has("json") and record.at("json").value == {}:
        record.error(record.at("json"), "at least one path is needed, like {status: ok}")
    path = record.get("id", _read_path, "id")
    said = [key for key in BODY_KEYS if record.has(key)]
    if len(said) > 1:
        record.error(record.at(said[1]), f"'{said[0]}' and '{said[1]}' exclude each other: write one of them")
    record.done()
    if not node.mapping():
        raise node.error("write what success looks like here, like {status: [200, 204], body: any}")
    return SuccessRule.model_validate(
        {"status": status, "body": body, "text": texts, "starts": starts, "document": document, "id": path}
    )


def _read_statuses(node: Node) -> tuple[int, ...]:
    return _require_some(node, node.each(integer_between(200, 299)))


def _read_texts(node: Node) -> tuple[str, ...]:
    return _require_some(node, node.each(read_text))


def _require_some(node: Node, values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise node.error("at least one is needed in the list")
    return values


def _read_values(path: str, node: Node) -> tuple[str | int | float | bool | None, ...]:
    if not PATH.match(path):
        raise node.key_error(f"'{path}' is not a path: write keys and dots, like result.status or messages.0.status")
    if isinstance(node.value, tuple):
        return _require_some(node, node.each(_read_value))
    return (_read_value(node),)


def _read_value(node: Node) -> str | int | float | bool | None:
    if isinstance(node.value, (tuple, dict)):
        raise node.error(f"a single value is needed here, not {node.said}")
    return float(node.value) if isinstance(node.value, Decimal) else node.value


def _read_path(node: Node) -> str:
    if not PATH.match(read_text(node)):
        raise node.error(f"{node.said} is not a path: write keys and dots, like result.id or messages.0.id")
    return read_text(node)
