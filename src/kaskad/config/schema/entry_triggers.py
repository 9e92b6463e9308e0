"""The JSON Schemas of entry triggers."""

from __future__ import annotations

from kaskad.config.journey_files.product_triggers import PRODUCT_EVENTS
from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import (
    Schema,
    any_of,
    array_schema,
    clock_schema,
    duration_schema,
    enum_schema,
    integer_schema,
    name_schema,
    object_schema,
    percent_schema,
    reference,
    text_schema,
)
from kaskad.config.schema.project_files import TIME_ZONE
from kaskad.domain.journeys.condition import SameAs

AGAIN_AFTER_SAID = "always, never, or so long after the last entry that sent something"


def entry_trigger_schema(names: ProjectNames) -> Schema:
    """The entry trigger of a journey."""
    segment = name_schema(names.of("segments"), "A segment of segments.yaml")
    return any_of(
        _event(),
        _product(),
        _trigger_schema("Whoever comes into a segment", {"segment": segment}),
        _date(),
        _trigger_schema("Everybody in a segment, by the clock", {"schedule": _schedule(), "segment": segment}),
        said="The one way into the journey",
    )


def _trigger_schema(said: str, needed: dict[str, Schema], **more: Schema) -> Schema:
    key = any_of(enum_schema(["customer", *SameAs]), text_schema("A field, like order.status"))
    return object_schema(
        said,
        {**needed, "again_after": any_of(enum_schema(["always", "never"]), duration_schema(), said=AGAIN_AFTER_SAID)},
        if_=reference("conditions", "Who the customer is"),
        once_per=any_of(key, array_schema(key), said="One customer is in the journey once for each …"),
        **more,
    )


def _event() -> Schema:
    return _trigger_schema(
        "An event",
        {"when": reference("event")},
        where=reference("conditions", "What happened"),
        for_each=text_schema("Once for each entry of this list of the event, like order.items", ["order.items"]),
        quiet_for=duration_schema("Of silence; each further event begins it again"),
    )


def _product() -> Schema:
    release = object_schema(
        "How many at a time",
        {"people": integer_schema(1, 1_000_000, "So many people"), "every": duration_schema("So often")},
        per=enum_schema(["unit"], "For each unit in stock"),
    )
    fall = object_schema(
        "How far the price has to fall",
        at_least=percent_schema("So far at once"),
        below=enum_schema(["price_when_added"]),
    )
    return _trigger_schema(
        "Something happens to a product",
        {
            "product": enum_schema(PRODUCT_EVENTS),
            "who": array_schema(
                text_schema("", ["subscribed", "viewed 30d", "favourited"]), "Who hears of it, first ones first", 1
            ),
        },
        where=reference("conditions", "What happened"),
        by=fall,
        at_most=integer_schema(1, 1_000_000, "So few are left"),
        release=release,
    )


def _date() -> Schema:
    return _trigger_schema(
        "A date of the customer's own",
        {
            "date": text_schema("Like customer.birthday", ["customer.birthday"]),
            "at": clock_schema("The customer's own time"),
        },
        every=enum_schema(["year"]),
        before=duration_schema("So long before it"),
        feb_29=enum_schema(["feb_28", "mar_1"], "When it comes in years that have none"),
    )


def _schedule() -> Schema:
    cron = text_schema('Like "0 10 * * 1"')
    return any_of(cron, object_schema("When", {"cron": cron}, zone=TIME_ZONE))
