"""Reads `{PATH: value}` and `{PATH: {OP: value}}`: compares a path with a value of the path's type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from kaskad.config.journey_files.vocabulary import ITEM_LISTS, Vocabulary, is_path, list_item_type
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import join_with_or, unknown_name
from kaskad.config.yaml.quantities import MONEY, read_duration, read_money
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import read_boolean, read_number, read_text
from kaskad.domain.journeys.condition import Comparable, Compare, MoneyValue, Op, PathRef, Scalar, Value, ValueType
from kaskad.domain.values.amounts import read_currency

T = TypeVar("T")
EQUALITY = (Op.IS, Op.IS_NOT)
MEMBERSHIP = (*EQUALITY, Op.IN, Op.NOT_IN)
ORDERING = (Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.BETWEEN)
TIME_OPERATORS = (*EQUALITY, Op.BEFORE, Op.AFTER, Op.BETWEEN, Op.WITHIN, Op.OLDER_THAN, Op.KNOWN)
ALLOWED_OPERATORS: dict[ValueType, tuple[Op, ...]] = {
    ValueType.TEXT: (*MEMBERSHIP, Op.KNOWN),
    ValueType.NUMBER: (*MEMBERSHIP, *ORDERING, Op.KNOWN),
    ValueType.MONEY: (*MEMBERSHIP, *ORDERING, Op.KNOWN),
    ValueType.BOOLEAN: (*EQUALITY, Op.KNOWN),
    ValueType.TIME: TIME_OPERATORS,
    ValueType.DATE: TIME_OPERATORS,
    ValueType.LIST: (Op.CONTAINS, Op.KNOWN),
}
TYPE_NAMES: dict[ValueType, str] = {
    ValueType.TEXT: "a text",
    ValueType.NUMBER: "a number",
    ValueType.MONEY: "money",
    ValueType.BOOLEAN: "true or false",
    ValueType.TIME: "a time",
    ValueType.DATE: "a date",
    ValueType.LIST: "a list",
}
NUMERIC_TYPES = (ValueType.NUMBER, ValueType.MONEY)


def read_comparisons(path: str, node: Node, vocabulary: Vocabulary) -> tuple[Compare, ...]:
    """One comparison for each operator; a value alone means `is`."""
    kind = vocabulary.type_of(path)
    if kind is None:
        raise node.key_error(unknown_name("path", path, vocabulary.paths(path)))
    if not isinstance(node.value, dict) or "text" in node.value:
        return (_compare(path, kind, Op.IS, node=node, vocabulary=vocabulary),)
    if not node.value:
        raise node.error("an operator is needed here, like {at_least: 2}")
    by_operator = node.fields(
        lambda said, value: _compare(path, kind, _operator(said, value), node=value, vocabulary=vocabulary)
    )
    return tuple(by_operator.values())


def compared_paths(compares: Iterable[Compare]) -> Iterator[str]:
    """Yields the paths in these comparisons, on both sides."""
    for compare in compares:
        yield compare.path
        if isinstance(compare.value, PathRef):
            yield compare.value.path


def read_assigned_value(node: Node, kind: ValueType, vocabulary: Vocabulary) -> Scalar | PathRef | tuple[Scalar, ...]:
    """A value of that type to set: a constant, or a path with the value."""
    if isinstance(node.value, str) and is_path(node.value):
        return _other_path(kind, Op.IS, node, vocabulary=vocabulary)
    return _several(node, lambda each: _scalar(each, kind)) if kind is ValueType.LIST else _scalar(node, kind)


def _operator(word: str, node: Node) -> Op:
    if word not in list(Op):
        raise node.key_error(unknown_name("operator", word, list(Op)))
    return Op(word)


def _compare(path: str, kind: ValueType, op: Op, *, node: Node, vocabulary: Vocabulary) -> Compare:
    if path in ITEM_LISTS and op is not Op.KNOWN:
        raise node.key_error(f"'{path}' is a list of things: write {path}.product_id (or .category, .sku, .name)")
    if op not in ALLOWED_OPERATORS[kind]:
        raise node.key_error(
            f"'{path}' is {TYPE_NAMES[kind]}, which '{op}' does not fit: use {join_with_or(ALLOWED_OPERATORS[kind])}"
        )
    if op is Op.CONTAINS and (held := list_item_type(path)):
        held = ValueType.NUMBER if held is ValueType.MONEY else held  # in a list all are in the shop's currency
        return Compare(path=path, op=op, value=_value(held, Op.IS, node, vocabulary=vocabulary), type=kind)
    return Compare(path=path, op=op, value=_value(kind, op, node, vocabulary=vocabulary), type=kind)


def _value(kind: ValueType, op: Op, node: Node, *, vocabulary: Vocabulary) -> Value:
    if op is Op.KNOWN:
        return read_boolean(node)
    if op in (Op.WITHIN, Op.OLDER_THAN):
        return read_duration(node)
    if op in (Op.IN, Op.NOT_IN):
        return _several(node, lambda each: _comparable(each, kind))
    if op is Op.BETWEEN:
        return _two(node, kind)
    if isinstance(node.value, str) and is_path(node.value):
        return _other_path(kind, op, node, vocabulary=vocabulary)
    return _comparable(node, kind)


def _comparable(node: Node, kind: ValueType) -> Comparable:
    """A constant; of money also one in a currency of its own: `50 EUR`."""
    if kind is not ValueType.MONEY or not isinstance(node.value, str):
        return _scalar(node, kind)
    if not MONEY.match(node.value):
        raise node.error(f"a number is needed here, or an amount like 50 EUR, not {node.said}")
    amount, currency = read_money(node)
    if read_currency(currency) is None:
        raise node.error(f"'{currency}' is not a currency: write one like 50 EUR")
    return MoneyValue(amount=amount, currency=currency)


def _several(node: Node, read: Callable[[Node], T]) -> tuple[T, ...]:
    values = node.each(read)
    if not values:
        raise node.error("at least one value is needed in the list")
    return values


def _two(node: Node, kind: ValueType) -> tuple[Comparable, ...]:
    if len(node.list()) != 2:
        raise node.error("two values are needed here: [lowest, highest]")
    lowest, highest = values = node.each(lambda each: _comparable(each, kind))
    if _currency(lowest) != _currency(highest):
        raise node.error("both values need the same currency")
    if _is_more(lowest, highest, kind):
        raise node.error(f"nothing lies between {lowest} and {highest}: write the lowest first")
    return values


def _currency(value: Comparable) -> str:
    return value.currency if isinstance(value, MoneyValue) else ""


def _is_more(value: Comparable, other: Comparable, kind: ValueType) -> bool:
    if isinstance(value, MoneyValue) and isinstance(other, MoneyValue):
        return value.amount > other.amount
    if kind in NUMERIC_TYPES:
        return Decimal(str(value)) > Decimal(str(other))
    return datetime.fromisoformat(str(value)) > datetime.fromisoformat(str(other))


def _other_path(kind: ValueType, op: Op, node: Node, *, vocabulary: Vocabulary) -> PathRef:
    path = read_text(node)
    other = vocabulary.type_of(path)
    if other is None:
        near = unknown_name("path", path, vocabulary.paths(path))
        raise node.error(f'{near} (a text that only looks like a path is written {{text: "{path}"}})')
    alike = other is kind or (other in NUMERIC_TYPES and kind in NUMERIC_TYPES)
    if op is Op.CONTAINS:
        alike = other is not ValueType.LIST
    if not alike:
        raise node.error(f"'{path}' is {TYPE_NAMES[other]} and cannot be compared with {TYPE_NAMES[kind]}")
    return PathRef(path=path)


def _scalar(node: Node, kind: ValueType) -> Scalar:
    if isinstance(node.value, dict) and kind in (ValueType.TEXT, ValueType.LIST):
        return _literal(node)
    if kind in NUMERIC_TYPES:
        return read_number(node)
    if kind is ValueType.BOOLEAN:
        return read_boolean(node)
    if kind is ValueType.TIME:
        return _moment(node)
    if kind is ValueType.DATE:
        return _day(node)
    if kind is ValueType.LIST and not isinstance(node.value, str):
        return read_number(node)
    return read_text(node)


def _literal(node: Node) -> str:
    """`{text: "product.id"}`: a constant text that looks like a path."""
    record = Record(node)
    said = record.need("text", read_text, 'a text that only looks like a path is written {text: "product.id"}')
    record.done()
    return said


def _moment(node: Node) -> str:
    """A time with its zone, in ISO form."""
    try:
        moment = datetime.fromisoformat(read_text(node))
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise node.error(f'{node.said} is not a time with its zone: write one like "2027-03-05T12:00+03:00"')
    return moment.isoformat()


def _day(node: Node) -> str:
    """A calendar day, in ISO form."""
    try:
        return date.fromisoformat(read_text(node)).isoformat()
    except ValueError:
        raise node.error(f'{node.said} is not a day: write one like "2027-03-05"') from None
