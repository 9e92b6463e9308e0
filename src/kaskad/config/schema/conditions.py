"""The JSON Schemas of conditions, events and messages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kaskad.config.journey_files.comparisons import ALLOWED_OPERATORS, TYPE_NAMES
from kaskad.config.journey_files.conditions import TIMES_OPERATORS
from kaskad.config.journey_files.vocabulary import ITEM_FIELDS, ITEM_LISTS, POINTS_PREFIX, ROOTS, list_item_type
from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    BOOLEAN,
    Schema,
    any_of,
    array_schema,
    duration_schema,
    enum_schema,
    integer_schema,
    money_schema,
    name_schema,
    object_schema,
    pattern_schema,
    reference,
    text_schema,
)
from kaskad.domain.journeys.condition import MessageState, Op, SameAs, ValueType

NUMBER: Schema = {"type": "number"}
SCALARS: dict[ValueType, Schema] = {
    ValueType.NUMBER: NUMBER,
    ValueType.MONEY: any_of(NUMBER, money_schema("An amount, in the shop's currency unless it names one")),
    ValueType.BOOLEAN: BOOLEAN,
    ValueType.LIST: any_of(NUMBER, text_schema()),
}
EVENT_ONLY_KEYS = ("same", "where", "within", "since", "times")
CONDITIONS_SAID = "All of these have to hold"


def condition_definitions(names: ProjectNames) -> dict[str, Schema]:
    """`conditions`, `condition`, `same`, `state`, and a comparison for each type."""
    compared = {f"compare_{kind}": _comparison(kind) for kind in ValueType}
    compared |= {f"compare_list_of_{held}": _list_of(held) for held in ITEM_FIELDS.values()}
    compared |= {"compare_things": object_schema("A list of things: write .product_id behind it", known=BOOLEAN)}
    return {
        "conditions": any_of(array_schema(reference("condition")), reference("condition")),
        "condition": _condition(names),
        "same": enum_schema(SameAs, "The event is about the entry's own …"),
        "state": enum_schema(MessageState),
        "event": name_schema(names.of("events"), "An event of events.yaml"),
        **compared,
    }


def event_schema(key: str, **more: Schema) -> Schema:
    """A mapping with an event under `key`, its `same` and its `where`."""
    said = "An event: of this name, about the same …, of which all of `where` holds"
    return object_schema(said, {key: reference("event")}, same=reference("same"), where=reference("conditions"), **more)


def _condition(names: ProjectNames) -> Schema:
    """One object with every key, so that editors complete all of them; rules for their combination come below them."""
    keys = _keywords(names) | {
        path: reference(_compared(path, kind), TYPE_NAMES[kind]) for path, kind in names.paths.items()
    }
    needing_an_event = {key: {"anyOf": [{"required": ["did"]}, {"required": ["did_not"]}]} for key in EVENT_ONLY_KEYS}
    needing_a_message = {key: {"required": ["message"]} for key in ("was", "was_not")}
    schema: Schema = {
        "description": "One condition: about an event, a message, a segment, or a path",
        "type": "object",
        "minProperties": 1,
        "properties": keys,
        "patternProperties": {f"^{POINTS_PREFIX.replace('.', '[.]')}": _any_comparison()},
        "dependencies": {**needing_an_event, **needing_a_message},
    }
    return schema | ({"additionalProperties": False} if names.complete else {})


def _compared(path: str, kind: ValueType) -> str:
    """The type to compare the path with: for a list, the type of its items."""
    held = list_item_type(path)
    return "compare_things" if path in ITEM_LISTS else f"compare_{'list_of_' if held else ''}{held or kind}"


def _keywords(names: ProjectNames) -> dict[str, Schema]:
    return {
        "did": reference("event", "The customer did it, in any channel"),
        "did_not": reference("event", "The customer did not do it, in any channel"),
        "same": reference("same"),
        "where": reference("conditions", "What the event has to say"),
        "within": duration_schema("In the last"),
        "since": enum_schema(["enter"], "Since the customer entered this journey"),
        "times": any_of(
            integer_schema(0, 1_000_000), _operators(TIMES_OPERATORS, integer_schema(0, 1_000_000)), said="How often"
        ),
        "message": name_schema(names.messages, "A message that this journey sends"),
        "was": reference("state"),
        "was_not": reference("state"),
        "in_segment": name_schema(names.of("segments"), "A segment of segments.yaml"),
        "any": array_schema(reference("conditions"), "At least one of these", least=1),
        "not": reference("conditions", "Not all of these"),
    }


def _operators(operators: Iterable[Op], value: Schema) -> Schema:
    return object_schema("", **{op.value + "_": value for op in operators}) | {"minProperties": 1}


def _comparison(kind: ValueType) -> Schema:
    other = any_of(SCALARS[kind], _other_path()) if kind in SCALARS else text_schema()  # a path is also a text
    if kind not in (ValueType.TEXT, ValueType.LIST):
        return any_of(other, _by_operator(kind, other))
    return any_of(other, _by_operator(kind, any_of(other, _literal())), _literal())


def _list_of(held: ValueType) -> Schema:
    """A list of texts or numbers."""
    value = any_of(SCALARS.get(held, text_schema()), _other_path(), _literal())
    return object_schema("A list: all of these", contains=value, known=BOOLEAN) | {"minProperties": 1}


def _other_path() -> Schema:
    return pattern_schema(re.compile(rf"(?:{'|'.join(ROOTS)})[.]\S+\Z"), "Another path", "event.old_price")


def _by_operator(kind: ValueType, value: Schema) -> Schema:
    operators = {op.value + "_": _operand(op, value) for op in ALLOWED_OPERATORS[kind]}
    return object_schema(f"{TYPE_NAMES[kind].capitalize()}: all of these", **operators) | {"minProperties": 1}


def _operand(op: Op, value: Schema) -> Schema:
    if op is Op.KNOWN:
        return BOOLEAN
    if op in (Op.WITHIN, Op.OLDER_THAN):
        return duration_schema()
    if op in (Op.IN, Op.NOT_IN):
        return array_schema(value, least=1)
    return array_schema(value, "lowest, highest", least=2) | {"maxItems": 2} if op is Op.BETWEEN else value


def _any_comparison() -> Schema:
    return any_of(*(reference(f"compare_{kind}") for kind in ValueType))


def _literal() -> Schema:
    """`{text: "product.id"}`."""
    return object_schema("A text that only looks like a path", {"text": text_schema()})
