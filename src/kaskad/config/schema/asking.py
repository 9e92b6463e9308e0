"""Conditions, events and messages that are asked for, as schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kaskad.config.comparisons import ALLOWED, NAMED
from kaskad.config.conditions import TIMES
from kaskad.config.schema.names import Names
from kaskad.config.schema.parts import (
    BOOLEAN,
    Schema,
    duration,
    either,
    listed,
    matching,
    named,
    record,
    ref,
    text,
    whole,
    word,
)
from kaskad.config.vocabulary import OF_ITEMS, POINTS, ROOTS, THINGS, each_of
from kaskad.domain.condition import MessageState, Op, Same, ValueType

NUMBER: Schema = {"type": "number"}
SCALARS: dict[ValueType, Schema] = {
    ValueType.NUMBER: NUMBER,
    ValueType.MONEY: NUMBER,
    ValueType.BOOLEAN: BOOLEAN,
    ValueType.LIST: either(NUMBER, text()),
}
OF_EVENTS = ("same", "where", "within", "since", "times")
ASKING = "All of these have to hold"


def definitions(names: Names) -> dict[str, Schema]:
    """`conditions`, `condition`, `same`, `state`, and a comparison for each type."""
    compared = {f"compare_{kind}": _comparison(kind) for kind in ValueType}
    compared |= {f"compare_list_of_{held}": _list_of(held) for held in OF_ITEMS.values()}
    compared |= {"compare_things": record("A list of things: write .product_id behind it", known=BOOLEAN)}
    return {
        "conditions": either(listed(ref("condition")), ref("condition")),
        "condition": _condition(names),
        "same": word(Same, "The event is about the entry's own …"),
        "state": word(MessageState),
        "event": named(names.of("events"), "An event of events.yaml"),
        **compared,
    }


def event_keys(key: str, **more: Schema) -> Schema:
    """A mapping with an event under `key`, what it has in common with the entry, and what it has to say."""
    said = "An event: of this name, about the same …, of which all of `where` holds"
    return record(said, {key: ref("event")}, same=ref("same"), where=ref("conditions"), **more)


def _condition(names: Names) -> Schema:
    """One object with every key, so that editors complete all of them; which go together is said below them."""
    keys = _keywords(names) | {path: ref(_compared(path, kind), NAMED[kind]) for path, kind in names.paths.items()}
    needing_an_event = {key: {"anyOf": [{"required": ["did"]}, {"required": ["did_not"]}]} for key in OF_EVENTS}
    needing_a_message = {key: {"required": ["message"]} for key in ("was", "was_not")}
    schema: Schema = {
        "description": "One condition: about an event, a message, a segment, or a path",
        "type": "object",
        "minProperties": 1,
        "properties": keys,
        "patternProperties": {f"^{POINTS.replace('.', '[.]')}": _any_comparison()},
        "dependencies": {**needing_an_event, **needing_a_message},
    }
    return schema | ({"additionalProperties": False} if names.complete else {})


def _compared(path: str, kind: ValueType) -> str:
    """What is compared with the path: of a list, what it holds."""
    held = each_of(path)
    return "compare_things" if path in THINGS else f"compare_{'list_of_' if held else ''}{held or kind}"


def _keywords(names: Names) -> dict[str, Schema]:
    return {
        "did": ref("event", "The customer did it, in any channel"),
        "did_not": ref("event", "The customer did not do it, in any channel"),
        "same": ref("same"),
        "where": ref("conditions", "What the event has to say"),
        "within": duration("In the last"),
        "since": word(["enter"], "Since the customer entered this journey"),
        "times": either(whole(0, 1_000_000), _operators(TIMES, whole(0, 1_000_000)), said="How often"),
        "message": named(names.messages, "A message that this journey sends"),
        "was": ref("state"),
        "was_not": ref("state"),
        "in_segment": named(names.of("segments"), "A segment of segments.yaml"),
        "any": listed(ref("conditions"), "At least one of these", least=1),
        "not": ref("conditions", "Not all of these"),
    }


def _operators(operators: Iterable[Op], value: Schema) -> Schema:
    return record("", **{op.value + "_": value for op in operators}) | {"minProperties": 1}


def _comparison(kind: ValueType) -> Schema:
    other = either(SCALARS[kind], _other_path()) if kind in SCALARS else text()  # a path is a text, too
    if kind not in (ValueType.TEXT, ValueType.LIST):
        return either(other, _by_operator(kind, other))
    return either(other, _by_operator(kind, either(other, _literal())), _literal())


def _list_of(held: ValueType) -> Schema:
    """A list of texts or numbers."""
    value = either(SCALARS.get(held, text()), _other_path(), _literal())
    return record("A list: all of these", contains=value, known=BOOLEAN) | {"minProperties": 1}


def _other_path() -> Schema:
    return matching(re.compile(rf"(?:{'|'.join(ROOTS)})[.]\S+\Z"), "Another path", "event.old_price")


def _by_operator(kind: ValueType, value: Schema) -> Schema:
    operators = {op.value + "_": _operand(op, value) for op in ALLOWED[kind]}
    return record(f"{NAMED[kind].capitalize()}: all of these", **operators) | {"minProperties": 1}


def _operand(op: Op, value: Schema) -> Schema:
    if op is Op.KNOWN:
        return BOOLEAN
    if op in (Op.WITHIN, Op.OLDER_THAN):
        return duration()
    if op in (Op.IN, Op.NOT_IN):
        return listed(value, least=1)
    return listed(value, "lowest, highest", least=2) | {"maxItems": 2} if op is Op.BETWEEN else value


def _any_comparison() -> Schema:
    return either(*(ref(f"compare_{kind}") for kind in ValueType))


def _literal() -> Schema:
    """`{text: "product.id"}`."""
    return record("A text that only looks like a path", {"text": text()})
