"""The entrances of a journey as schemas."""

from __future__ import annotations

from kaskad.config.product_entrances import RAISED
from kaskad.config.schema.names import Names
from kaskad.config.schema.parts import (
    Schema,
    clock,
    duration,
    either,
    listed,
    named,
    percent,
    record,
    ref,
    text,
    whole,
    word,
)
from kaskad.config.schema.shop import ZONE_SAID
from kaskad.domain.condition import Same

AGAIN = "always, never, or so long after the last entry that sent something"


def entrance(names: Names) -> Schema:
    """The one way into the journey."""
    segment = named(names.of("segments"), "A segment of segments.yaml")
    return either(
        _event(),
        _product(),
        _way("Whoever comes into a segment", {"segment": segment}),
        _date(),
        _way("Everybody in a segment, by the clock", {"schedule": _schedule(), "segment": segment}),
        said="The one way into the journey",
    )


def _way(said: str, needed: dict[str, Schema], **more: Schema) -> Schema:
    key = either(word(["customer", *Same]), text("A field, like order.status"))
    return record(
        said,
        {**needed, "again_after": either(word(["always", "never"]), duration(), said=AGAIN)},
        if_=ref("conditions", "Who the customer is"),
        once_per=either(key, listed(key), said="One customer is in the journey once for each …"),
        **more,
    )


def _event() -> Schema:
    return _way(
        "An event",
        {"when": ref("event")},
        where=ref("conditions", "What happened"),
        for_each=text("Once for each entry of this list of the event, like order.items", ["order.items"]),
        quiet_for=duration("Of silence; each further event begins it again"),
    )


def _product() -> Schema:
    release = record(
        "How many at a time",
        {"people": whole(1, 1_000_000, "So many people"), "every": duration("So often")},
        per=word(["unit"], "For each unit in stock"),
    )
    fall = record("How far the price has to fall", at_least=percent("So far at once"), below=word(["price_when_added"]))
    return _way(
        "Something happens to a product",
        {
            "product": word(RAISED),
            "who": listed(text("", ["subscribed", "viewed 30d", "favourited"]), "Who hears of it, first ones first", 1),
        },
        where=ref("conditions", "What happened"),
        by=fall,
        at_most=whole(1, 1_000_000, "So few are left"),
        release=release,
    )


def _date() -> Schema:
    return _way(
        "A date of the customer's own",
        {"date": text("Like customer.birthday", ["customer.birthday"]), "at": clock("The customer's own time")},
        every=word(["year"]),
        before=duration("So long before it"),
        feb_29=word(["feb_28", "mar_1"], "When it comes in years that have none"),
    )


def _schedule() -> Schema:
    cron = text('Like "0 10 * * 1"')
    return either(cron, record("When", {"cron": cron}, zone=ZONE_SAID))
