"""The schema of maps of imports."""

from __future__ import annotations

from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    BOOLEAN,
    Schema,
    any_of,
    array_schema,
    enum_schema,
    map_schema,
    object_schema,
    text_schema,
)
from kaskad.config.schema.project_files import formats_schema
from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.journeys.condition import ValueType

PLAIN: Schema = {"type": ["string", "number", "boolean", "null"]}
ANY_NAME: Schema = {"minLength": 1}


def import_map_schema(names: ProjectNames) -> Schema:
    """A map of an import: which column of a file is what."""
    value = _value_schema()
    return object_schema(
        "Which column of a file is what",
        kind=enum_schema(ImportKind, "What the rows are"),
        source=text_schema("A source of sources.yaml; else --source names it"),
        file=object_schema(
            "How the file is written; what is not said is recognized",
            encoding=text_schema("", ["utf-8", "cp1251"]),
            delimiter=text_schema("One character, or tab", [";", "tab"]) | {"pattern": "^(.|tab)$"},
            empty=array_schema(text_schema(), "Words that stand for no value"),
        ),
        values=formats_schema(),
        zone=text_schema("The time zone of times without an offset", ["Europe/Moscow"]),
        who=map_schema(value, "The ids of the customer by kind, strongest first", ANY_NAME),
        id=value,
        time=value,
        event=value,
        properties=map_schema(value, "The properties of the event, or of the product", ANY_NAME),
        others=BOOLEAN,
        lines=object_schema(
            "The lines of an order",
            {"fields": map_schema(value, "What each line says", ANY_NAME)},
            **{"from": value},
        ),
        more=array_schema(_further_schema(value), "Further events that the row tells"),
        traits=map_schema(value, "What the row tells of a customer", ANY_NAME),
        consents=array_schema(_consent_schema(value), "What the row says of consent, channel by channel"),
    )


def _value_schema() -> Schema:
    said = object_schema(
        "Where a value comes from",
        column=text_schema("The column"),
        sum=text_schema("The column that is added up over the rows of an order"),
        value=PLAIN,
        names=map_schema(PLAIN, "Words of the file, and what each means; null says nothing", ANY_NAME),
        filled=PLAIN,
        default=PLAIN,
        optional=BOOLEAN,
        per=text_schema("The column with the number of pieces that the value is for"),
        type=enum_schema(ValueType, "As in events.yaml"),
    )
    return any_of(text_schema("The name of the column"), said)


def _further_schema(value: Schema) -> Schema:
    return object_schema(
        "An event that happened if its time is there",
        {"event": text_schema("Its name", ["order_paid"]), "time": value},
        properties=map_schema(value, "Its properties", ANY_NAME),
        when=value,
    )


def _consent_schema(value: Schema) -> Schema:
    scope = ("purpose", "channel", "topic", "sender", "text_version", "text_hash", "expires_at", "time")
    return object_schema("A consent", {"granted": value}, **dict.fromkeys(scope, value))
