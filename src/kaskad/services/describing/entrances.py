"""Who enters a journey and when, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from kaskad.config.yaml.problem_text import format_percent
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.entry_trigger import (
    Audience,
    DateTrigger,
    EventTrigger,
    KeyPart,
    ProductTrigger,
    ScheduleTrigger,
    SegmentTrigger,
)
from kaskad.domain.journeys.journey import Journey
from kaskad.services.describing import conditions
from kaskad.services.wording import event_phrase, format_duration, join_words

KEYS: Mapping[str, str] = {"email": "e-mail address"}
AUDIENCES: Mapping[str, str] = {
    "subscribed": "asked for it",
    "viewed": "looked at it",
    "favourited": "have it among their favourites",
}


def describe_entrance(journey: Journey) -> str:
    """Returns when a customer enters: "When a cart has been quiet for an hour"."""
    enter = journey.enter
    match enter:
        case EventTrigger():
            return _by_event(enter)
        case ProductTrigger():
            audiences = join_words([_audience(audience) for audience in enter.who], "or")
            return f"{_by_product(enter)}, those who {audiences}"
        case SegmentTrigger():
            return f"When a customer comes into the segment '{enter.segment}'"
        case DateTrigger():
            return _by_date(enter)
        case ScheduleTrigger():
            return f"Everybody in the segment '{enter.segment}', at '{enter.cron}' in {enter.zone}"
    assert_never(enter)


def describe_entrance_fully(journey: Journey) -> str:
    """Returns the same with its conditions, what an entry is unique for, and when a customer may enter again."""
    enter, text = journey.enter, describe_entrance(journey)
    # A segment's definition is its own: its name is enough here.
    asked = (*(enter.where if isinstance(enter, EventTrigger) else ()), *enter.if_)
    if asked:
        text += f", if {conditions.describe_all(asked)}"
    if isinstance(enter, ProductTrigger) and enter.release:
        text += f", {enter.release.people} people for each piece every {_without_article(enter.release.every)}"
    once = f", once for each {describe_key(enter.once_per)}" if enter.once_per else ""
    return f"{text}{once}{_again(journey)}"


def describe_key(once_per: tuple[KeyPart, ...]) -> str:
    """Returns what an entry is unique for: "order and order.status"."""
    return join_words([KEYS.get(part.path, part.path) for part in once_per])


def _by_event(enter: EventTrigger) -> str:
    each = f", for each of {enter.for_each}" if enter.for_each else ""
    if enter.quiet_for == Duration():
        return f"When a customer has {event_phrase(enter.when)}{each}"
    if enter.when == "cart_updated":
        return f"When a cart has been quiet for {format_duration(enter.quiet_for)}"
    return f"When a customer has {event_phrase(enter.when)}{each}, and not again for {format_duration(enter.quiet_for)}"


def _by_product(enter: ProductTrigger) -> str:
    if enter.product == "back_in_stock":
        return "When a product is back in stock"
    if enter.product == "low_stock":
        return f"When {enter.at_most} pieces of a product or fewer are left"
    far = f" by {format_percent(enter.by.at_least)} or more" if enter.by.at_least else ""
    below = " below what it was when they added it" if enter.by.below else ""
    return f"When the price of a product falls{far}{below}"


def _audience(audience: Audience) -> str:
    asked = AUDIENCES[audience.kind]
    return f"{asked} within {format_duration(audience.within)}" if audience.within else asked


def _by_date(enter: DateTrigger) -> str:
    days = {0: "On", 1: "A day before"}.get(enter.days_before, f"{enter.days_before} days before")
    return f"{days} {enter.date}{' of each year' if enter.every else ''}, at {enter.at:%H:%M} of the customer's own day"


def _again(journey: Journey) -> str:
    again = journey.enter.again_after
    if isinstance(again, Duration):
        return f", and not again within {format_duration(again)} of an entry that sent something"
    return ", and never again after an entry that sent something" if again == "never" else ""


def _without_article(length: Duration) -> str:
    """Returns "hour" for "an hour": after "every"."""
    return format_duration(length).removeprefix("an ").removeprefix("a ")
