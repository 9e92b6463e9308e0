"""The parts that schemas are built from. The readers use the same patterns and words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any

from kaskad.config.yaml.quantities import CLOCK, DURATION, MONEY, PERCENT, RATE
from kaskad.config.yaml.scalars import NAME

Schema = dict[str, Any]
BOOLEAN: Schema = {"type": "boolean"}


def text_schema(said: str = "", examples: Collection[str] = ()) -> Schema:
    """A non-empty text."""
    return _with_description({"type": "string", "pattern": r"\S"}, said, examples)


def pattern_schema(pattern: re.Pattern[str], said: str, *examples: str) -> Schema:
    """A text that matches the pattern."""
    return _with_description({"type": "string", "pattern": to_json_pattern(pattern)}, said, examples)


def to_json_pattern(pattern: re.Pattern[str]) -> str:
    """The pattern in JSON Schema's form: JavaScript has no `\\Z`, and finds the pattern anywhere."""
    return "^(?:" + pattern.pattern.removesuffix(r"\Z") + ")$"


def integer_schema(least: int, most: int, said: str = "") -> Schema:
    """An integer within the bounds."""
    return _with_description({"type": "integer", "minimum": least, "maximum": most}, said)


def enum_schema(allowed: type[StrEnum] | Iterable[str], said: str = "") -> Schema:
    """One of these words."""
    return _with_description({"enum": [str(each) for each in allowed]}, said)


def name_schema(names: Collection[str], said: str = "") -> Schema:
    """One of the project's own names; any text if none is known."""
    return enum_schema(sorted(names), said) if names else text_schema(said)


def array_schema(items: Schema, said: str = "", least: int = 0) -> Schema:
    """A list."""
    return _with_description({"type": "array", "items": items} | ({"minItems": least} if least else {}), said)


def object_schema(said: str, needed: Mapping[str, Schema] | None = None, **possible: Schema) -> Schema:
    """A mapping with `needed` and possible keys, and no others; `if_` stands for the key `if`."""
    keys = {**(needed or {}), **{key.rstrip("_"): value for key, value in possible.items()}}
    schema: Schema = {"type": "object", "properties": keys, "additionalProperties": False}
    return _with_description(schema | ({"required": list(needed)} if needed else {}), said)


def map_schema(values: Schema, said: str = "", names: Schema | None = None) -> Schema:
    """A mapping of names to values."""
    schema = {"type": "object", "propertyNames": names or NAME_PATTERN, "additionalProperties": values}
    return _with_description(schema, said)


def any_of(*ways: Schema, said: str = "") -> Schema:
    """One of several schemas."""
    return _with_description({"anyOf": list(ways)}, said)


def reference(name: str, said: str = "") -> Schema:
    """A reference to a part under `definitions`. Keys next to a `$ref` are ignored, hence the `allOf`."""
    target = {"$ref": f"#/definitions/{name}"}
    return _with_description({"allOf": [target]}, said) if said else target


def _with_description(schema: Schema, said: str, examples: Collection[str] = ()) -> Schema:
    described = {"description": said, **schema} if said else schema
    return {**described, "examples": list(examples)} if examples else described


NAME_PATTERN: Schema = {"pattern": to_json_pattern(NAME)}
DURATION_SAID = "`30m`, `24h`, `7d`, `2w` is time that passes; `1 day` is a day of the calendar"


def duration_schema(said: str = "") -> Schema:
    """A duration."""
    return pattern_schema(DURATION, f"{said}: {DURATION_SAID}" if said else DURATION_SAID, "30m", "24h", "7d", "1 day")


def clock_schema(said: str) -> Schema:
    """A time of the day."""
    return pattern_schema(CLOCK, f'{said}, like "09:00", in quotes', "09:00")


def percent_schema(said: str) -> Schema:
    """A percentage."""
    return pattern_schema(PERCENT, f"{said}, like 5%", "5%")


def money_schema(said: str) -> Schema:
    """An amount with its currency."""
    return pattern_schema(MONEY, f"{said}, like 2.00 RUB", "2.00 RUB")


def rate_schema(said: str) -> Schema:
    """A number per time unit."""
    return pattern_schema(RATE, f"{said}, like 50/s", "50/s")


SPAN = re.compile(rf"{CLOCK.pattern[:-2]}\s*[–-]\s*{CLOCK.pattern[:-2]}\Z")


def window_schema(said: str) -> Schema:
    """A time window, in either form."""
    return any_of(hours_schema(said), pattern_schema(SPAN, said, "09:00–21:00"), said=said)


def hours_schema(said: str, **more: Schema) -> Schema:
    """A time window as a mapping, which may have more keys."""
    return object_schema(
        said, {"from": clock_schema("from this hour on"), "to": clock_schema("until this hour")}, **more
    )
