"""The parts that schemas are put together from. Patterns and words are those that the readers use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any

from kaskad.config.quantities import CLOCK, DURATION, MONEY, PERCENT, RATE
from kaskad.config.scalars import NAME

Schema = dict[str, Any]
BOOLEAN: Schema = {"type": "boolean"}


def text(said: str = "", examples: Collection[str] = ()) -> Schema:
    """A text that is not empty."""
    return _described({"type": "string", "pattern": r"\S"}, said, examples)


def matching(pattern: re.Pattern[str], said: str, *examples: str) -> Schema:
    """A text of that form."""
    return _described({"type": "string", "pattern": in_full(pattern)}, said, examples)


def in_full(pattern: re.Pattern[str]) -> str:
    """The pattern as JSON Schema writes it: JavaScript has no `\\Z`, and looks for it anywhere."""
    return "^(?:" + pattern.pattern.removesuffix(r"\Z") + ")$"


def whole(least: int, most: int, said: str = "") -> Schema:
    """A whole number within the bounds."""
    return _described({"type": "integer", "minimum": least, "maximum": most}, said)


def word(allowed: type[StrEnum] | Iterable[str], said: str = "") -> Schema:
    """One of these words."""
    return _described({"enum": [str(each) for each in allowed]}, said)


def named(names: Collection[str], said: str = "") -> Schema:
    """One of the project's own names; any text where none is known."""
    return word(sorted(names), said) if names else text(said)


def listed(items: Schema, said: str = "", least: int = 0) -> Schema:
    """A list."""
    return _described({"type": "array", "items": items} | ({"minItems": least} if least else {}), said)


def record(said: str, needed: Mapping[str, Schema] | None = None, **possible: Schema) -> Schema:
    """A mapping of these keys, `needed` ones and possible ones, and no others; `if_` stands for the word."""
    keys = {**(needed or {}), **{key.rstrip("_"): value for key, value in possible.items()}}
    schema: Schema = {"type": "object", "properties": keys, "additionalProperties": False}
    return _described(schema | ({"required": list(needed)} if needed else {}), said)


def table(values: Schema, said: str = "", names: Schema | None = None) -> Schema:
    """A mapping of names to values."""
    schema = {"type": "object", "propertyNames": names or NAMED, "additionalProperties": values}
    return _described(schema, said)


def either(*ways: Schema, said: str = "") -> Schema:
    """One of several forms."""
    return _described({"anyOf": list(ways)}, said)


def ref(name: str, said: str = "") -> Schema:
    """A part under `definitions`. What stands beside a `$ref` is not read, hence the `allOf`."""
    target = {"$ref": f"#/definitions/{name}"}
    return _described({"allOf": [target]}, said) if said else target


def _described(schema: Schema, said: str, examples: Collection[str] = ()) -> Schema:
    described = {"description": said, **schema} if said else schema
    return {**described, "examples": list(examples)} if examples else described


NAMED: Schema = {"pattern": in_full(NAME)}
DURATION_SAID = "`30m`, `24h`, `7d`, `2w` is time that passes; `1 day` is a day of the calendar"


def duration(said: str = "") -> Schema:
    """A length of time."""
    return matching(DURATION, f"{said}: {DURATION_SAID}" if said else DURATION_SAID, "30m", "24h", "7d", "1 day")


def clock(said: str) -> Schema:
    """An hour of the day."""
    return matching(CLOCK, f'{said}, like "09:00", in quotes', "09:00")


def percent(said: str) -> Schema:
    """A part of the whole."""
    return matching(PERCENT, f"{said}, like 5%", "5%")


def money(said: str) -> Schema:
    """An amount with its currency."""
    return matching(MONEY, f"{said}, like 2.00 RUB", "2.00 RUB")


def rate(said: str) -> Schema:
    """So many in a time."""
    return matching(RATE, f"{said}, like 50/s", "50/s")


SPAN = re.compile(rf"{CLOCK.pattern[:-2]}\s*[–-]\s*{CLOCK.pattern[:-2]}\Z")


def window(said: str) -> Schema:
    """A span of hours, in either form."""
    return either(hours(said), matching(SPAN, said, "09:00–21:00"), said=said)


def hours(said: str, **more: Schema) -> Schema:
    """A span of hours as a mapping, which may have more keys."""
    return record(said, {"from": clock("from this hour on"), "to": clock("until this hour")}, **more)
