"""The ways into a journey: what `enter:` may say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from kaskad.domain.journeys.condition import Conditions, ValueType
from kaskad.domain.model import Duration, Model

ReentryRule = Literal["always", "never"] | Duration
CUSTOMER_ALONE = "customer"
LIST_PROPERTIES = {"order.items": "products"}


class KeyPart(Model):
    """One thing that `once_per` names: the entry's own `cart`, `product`, `order` or `email`, or a path."""

    path: str
    type: ValueType = ValueType.TEXT


def _expand_parts(said: Any) -> Any:
    """`customer`, `order` and `[order, order.status]`, written out."""
    named = [said] if isinstance(said, str) else said
    return [{"path": one} if isinstance(one, str) else one for one in named if one != CUSTOMER_ALONE]


# One live enrollment per customer and what these name together; nothing is the customer alone.
OncePer = Annotated[tuple[KeyPart, ...], BeforeValidator(_expand_parts)]
PER_PRODUCT = (KeyPart(path="product"),)


class BaseEntryTrigger(Model):
    """What every entrance may say. `where` is what has to hold of the entry itself, `if` of the customer."""

    where: Conditions = ()
    if_: Annotated[Conditions, Field(alias="if")] = ()
    once_per: OncePer = ()
    again_after: ReentryRule


def list_property(path: str) -> str:
    """The event's property that holds the list: `order.items` are its `products`."""
    return LIST_PROPERTIES.get(path, path.partition(".")[2])


class EventTrigger(BaseEntryTrigger):
    """An event lets people in, after `quiet_for` of silence; `for_each`: once for each item of a list of its own."""

    kind: Literal["event"] = "event"
    when: str
    for_each: str | None = None
    quiet_for: Duration = Duration()

    def entries(self, properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What the event's entries are about: the event itself, or each of its items with the event around it."""
        if self.for_each is None:
            return [properties]
        name = list_property(self.for_each)
        items = properties.get(name)
        found = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
        return [{**properties, **item, name: [item]} for item in found]


def quiet_until(enter: BaseEntryTrigger, since: datetime, zone: ZoneInfo) -> datetime:
    """When the silence after an event at `since` is long enough; at once where the entrance asks for none."""
    quiet = enter.quiet_for if isinstance(enter, EventTrigger) else Duration()
    return quiet.after(since, zone)


class Audience(Model):
    """Who hears of a product: who asked, who looked at it within the time, or who has it among their favourites."""

    kind: Literal["subscribed", "viewed", "favourited"]
    within: Duration | None = None


class Release(Model):
    """How many at a time: `people` per unit in stock, every so often."""

    people: Annotated[int, Field(ge=1)]
    per: Literal["unit"] = "unit"
    every: Duration


class PriceDrop(Model):
    """How far a price has to fall at once, as a part of it, and below what."""

    at_least: Decimal | None = None
    below: Literal["price_when_added"] | None = None


class ProductTrigger(BaseEntryTrigger):
    """A product lets people in: `who`, in this order. `at_most`: so few are left when stock is low."""

    kind: Literal["product"] = "product"
    product: Literal["back_in_stock", "price_drop", "low_stock"]
    who: tuple[Audience, ...]
    by: PriceDrop = PriceDrop()
    at_most: int | None = None
    release: Release | None = None
    once_per: OncePer = PER_PRODUCT


class SegmentTrigger(BaseEntryTrigger):
    """Whoever comes into the segment; at the first look, everybody who is inside. `where` is what the segment says."""

    kind: Literal["segment"] = "segment"
    segment: str


class DateTrigger(BaseEntryTrigger):
    """A date of the customer's own, in the customer's own zone: `days_before` it, when the clock shows `at`."""

    kind: Literal["date"] = "date"
    date: str
    type: Literal[ValueType.DATE, ValueType.TIME] = ValueType.DATE
    every: Literal["year"] | None = None
    days_before: int = 0
    at: time
    feb_29: Literal["feb_28", "mar_1"] = "feb_28"  # when it comes in years without one


class ScheduleTrigger(BaseEntryTrigger):
    """Everybody in the segment, whenever the clock of the zone ticks as `cron` says."""

    kind: Literal["schedule"] = "schedule"
    cron: str
    zone: str
    segment: str


EntryTrigger = Annotated[
    EventTrigger | ProductTrigger | SegmentTrigger | DateTrigger | ScheduleTrigger, Field(discriminator="kind")
]
POLLED_TRIGGERS = (SegmentTrigger, DateTrigger, ScheduleTrigger)  # nothing happens: somebody has to look who enters
