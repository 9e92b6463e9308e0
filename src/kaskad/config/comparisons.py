"""`{PATH: value}` and `{PATH: {OP: value}}`: a path against a value of the path's own type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from kaskad.config.node import Node
from kaskad.config.quantities import duration
from kaskad.config.record import Record
from kaskad.config.scalars import boolean, number, text
from kaskad.config.vocabulary import THINGS, Vocabulary, each_of, is_path
from kaskad.config.wording import either, unknown
from kaskad.domain.condition import Compare, Op, PathRef, Scalar, Value, ValueType

EQUAL = (Op.IS, Op.IS_NOT)
AMONG = (*EQUAL, Op.IN, Op.NOT_IN)
SIZE = (Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.BETWEEN)
MOMENT = (*EQUAL, Op.BEFORE, Op.AFTER, Op.BETWEEN, Op.WITHIN, Op.OLDER_THAN, Op.KNOWN)
ALLOWED: dict[ValueType, tuple[Op, ...]] = {
    ValueType.TEXT: (*AMONG, Op.KNOWN),
    ValueType.NUMBER: (*AMONG, *SIZE, Op.KNOWN),
    ValueType.MONEY: (*AMONG, *SIZE, Op.KNOWN),
    ValueType.BOOLEAN: (*EQUAL, Op.KNOWN),
    ValueType.TIME: MOMENT,
    ValueType.DATE: MOMENT,
    ValueType.LIST: (Op.CONTAINS, Op.KNOWN),
}
NAMED: dict[ValueType, str] = {
    ValueType.TEXT: "a text",
    ValueType.NUMBER: "a number",
    ValueType.MONEY: "money",
    ValueType.BOOLEAN: "true or false",
    ValueType.TIME: "a time",
    ValueType.DATE: "a date",
    ValueType.LIST: "a list",
}
COUNTED = (ValueType.NUMBER, ValueType.MONEY)


def comparisons(path: str, node: Node, vocabulary: Vocabulary) -> tuple[Compare, ...]:
    """One comparison for each operator; a value alone means `is`."""
    kind = vocabulary.type_of(path)
    if kind is None:
        raise node.wrong_key(unknown("path", path, vocabulary.paths(path)))
    if not isinstance(node.value, dict) or "text" in node.value:
        return (_compare(path, kind, Op.IS, node, vocabulary),)
    if not node.value:
        raise node.wrong("an operator is needed here, like {at_least: 2}")
    by_operator = node.fields(lambda said, value: _compare(path, kind, _operator(said, value), value, vocabulary))
    return tuple(by_operator.values())


def paths_of(compares: Iterable[Compare]) -> Iterator[str]:
    """The paths that these ask about, those that are compared with too."""
    for one in compares:
        yield one.path
        if isinstance(one.value, PathRef):
            yield one.value.path


def assigned(node: Node, kind: ValueType, vocabulary: Vocabulary) -> Scalar | PathRef | tuple[Scalar, ...]:
    """A value of that type, which something is set to: itself, or a path that says it."""
    if isinstance(node.value, str) and is_path(node.value):
        return _other_path(kind, Op.IS, node, vocabulary)
    return _several(node, kind) if kind is ValueType.LIST else _scalar(node, kind)


def _operator(word: str, node: Node) -> Op:
    if word not in list(Op):
        raise node.wrong_key(unknown("operator", word, list(Op)))
    return Op(word)


def _compare(path: str, kind: ValueType, op: Op, node: Node, vocabulary: Vocabulary) -> Compare:
    if path in THINGS and op is not Op.KNOWN:
        raise node.wrong_key(f"'{path}' is a list of things: write {path}.product_id (or .category, .sku, .name)")
    if op not in ALLOWED[kind]:
        raise node.wrong_key(f"'{path}' is {NAMED[kind]}, which '{op}' does not fit: use {either(ALLOWED[kind])}")
    if op is Op.CONTAINS and (held := each_of(path)):
        return Compare(path=path, op=op, value=_value(held, Op.IS, node, vocabulary), type=kind)
    return Compare(path=path, op=op, value=_value(kind, op, node, vocabulary), type=kind)


def _value(kind: ValueType, op: Op, node: Node, vocabulary: Vocabulary) -> Value:
    if op is Op.KNOWN:
        return boolean(node)
    if op in (Op.WITHIN, Op.OLDER_THAN):
        return duration(node)
    if op in (Op.IN, Op.NOT_IN):
        return _several(node, kind)
    if op is Op.BETWEEN:
        return _two(node, kind)
    if isinstance(node.value, str) and is_path(node.value):
        return _other_path(kind, op, node, vocabulary)
    return _scalar(node, kind)


def _several(node: Node, kind: ValueType) -> tuple[Scalar, ...]:
    values = node.each(lambda each: _scalar(each, kind))
    if not values:
        raise node.wrong("at least one value is needed in the list")
    return values


def _two(node: Node, kind: ValueType) -> tuple[Scalar, ...]:
    if len(node.list()) != 2:
        raise node.wrong("two values are needed here: [lowest, highest]")
    lowest, highest = values = node.each(lambda each: _scalar(each, kind))
    if _is_more(lowest, highest, kind):
        raise node.wrong(f"nothing lies between {lowest} and {highest}: write the lowest first")
    return values


def _is_more(one: Scalar, other: Scalar, kind: ValueType) -> bool:
    if kind in COUNTED:
        return Decimal(one) > Decimal(other)
    return datetime.fromisoformat(str(one)) > datetime.fromisoformat(str(other))


def _other_path(kind: ValueType, op: Op, node: Node, vocabulary: Vocabulary) -> PathRef:
    path = text(node)
    other = vocabulary.type_of(path)
    if other is None:
        near = unknown("path", path, vocabulary.paths(path))
        raise node.wrong(f'{near} (a text that only looks like a path is written {{text: "{path}"}})')
    alike = other is kind or (other in COUNTED and kind in COUNTED)
    if op is Op.CONTAINS:
        alike = other is not ValueType.LIST
    if not alike:
        raise node.wrong(f"'{path}' is {NAMED[other]} and cannot be compared with {NAMED[kind]}")
    return PathRef(path=path)


def _scalar(node: Node, kind: ValueType) -> Scalar:
    if isinstance(node.value, dict) and kind in (ValueType.TEXT, ValueType.LIST):
        return _literal(node)
    if kind in COUNTED:
        return number(node)
    if kind is ValueType.BOOLEAN:
        return boolean(node)
    if kind is ValueType.TIME:
        return _moment(node)
    if kind is ValueType.DATE:
        return _day(node)
    if kind is ValueType.LIST and not isinstance(node.value, str):
        return number(node)
    return text(node)


def _literal(node: Node) -> str:
    """`{text: "product.id"}`: a text that only looks like a path."""
    record = Record(node)
    said = record.need("text", text, 'a text that only looks like a path is written {text: "product.id"}')
    record.done()
    return said


def _moment(node: Node) -> str:
    """A time with its zone, in ISO form."""
    try:
        moment = datetime.fromisoformat(text(node))
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise node.wrong(f'{node.said} is not a time with its zone: write one like "2027-03-05T12:00+03:00"')
    return moment.isoformat()


def _day(node: Node) -> str:
    """A calendar day, in ISO form."""
    try:
        return date.fromisoformat(text(node)).isoformat()
    except ValueError:
        raise node.wrong(f'{node.said} is not a day: write one like "2027-03-05"') from None
