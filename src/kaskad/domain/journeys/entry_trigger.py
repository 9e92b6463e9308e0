"""The entry triggers: everything that `enter:` can contain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import Conditions, ValueType
from kaskad.domain.model import Model

ReentryRule = Literal["always", "never"] | Duration
CUSTOMER_ALONE = "customer"
LIST_PROPERTIES = {"order.items": "products"}


class KeyPart(Model):
    """One part of `once_per`: the entry's own `cart`, `product`, `order` or `email`, or a path."""

    path: str
    type: ValueType = ValueType.TEXT


def _expand_parts(said: Any) -> Any:
    """Expands `customer`, `order` and `[order, order.status]` to their full forms."""
    named = [said] if isinstance(said, str) else said
    return [{"path": part} if isinstance(part, str) else part for part in named if part != CUSTOMER_ALONE]


# One live enrollment per customer and the values of these parts; an empty list means the customer alone.
OncePer = Annotated[tuple[KeyPart, ...], BeforeValidator(_expand_parts)]
PER_PRODUCT = (KeyPart(path="product"),)


class BaseEntryTrigger(Model):
    """Fields of every entry trigger. `where` are conditions on the entry itself, `if` on the customer."""

    where: Conditions = ()
    if_: Annotated[Conditions, Field(alias="if")] = ()
    once_per: OncePer = ()
    again_after: ReentryRule


def list_property(path: str) -> str:
    """The event property that contains the list: for `order.items` it is `products`."""
    return LIST_PROPERTIES.get(path, path.partition(".")[2])


class EventTrigger(BaseEntryTrigger):
    """An event starts the journey, after `quiet_for` of silence; `for_each`: once for each item of a list in it."""

    kind: Literal["event"] = "event"
    when: str
    for_each: str | None = None
    quiet_for: Duration = Duration()

    def entries(self, properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The properties of each entry: those of the event, or those of each item together with the event's."""
        if self.for_each is None:
            return [properties]
        name = list_property(self.for_each)
        items = properties.get(name)
        found = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
        return [{**properties, **item, name: [item]} for item in found]


def quiet_until(enter: BaseEntryTrigger, since: datetime, zone: ZoneInfo) -> datetime:
    """When the silence after an event at `since` is long enough; `since` itself if the trigger requires none."""
    quiet = enter.quiet_for if isinstance(enter, EventTrigger) else Duration()
    return quiet.after(since, zone)


class Audience(Model):
    """Customers to tell about a product: they asked for it, viewed it within the time, or have it as a favourite."""

    kind: Literal["subscribed", "viewed", "favourited"]
    within: Duration | None = None


class Release(Model):
    """How many customers enter at a time: `people` per unit in stock, at an interval."""

    people: Annotated[int, Field(ge=1)]
    per: Literal["unit"] = "unit"
    every: Duration


class PriceDrop(Model):
    """The minimum price drop, as a share of the price, and the limit that the new price must be below."""

    at_least: Decimal | None = None
    below: Literal["price_when_added"] | None = None


class ProductTrigger(BaseEntryTrigger):
    """A change of a product starts the journey for `who`, in this order. `at_most`: units that count as low stock."""

    kind: Literal["product"] = "product"
    product: Literal["back_in_stock", "price_drop", "low_stock"]
    who: tuple[Audience, ...]
    by: PriceDrop = PriceDrop()
    at_most: int | None = None
    release: Release | None = None
    once_per: OncePer = PER_PRODUCT


class SegmentTrigger(BaseEntryTrigger):
    """Customers who enter the segment; the first scan takes everybody inside. `where` checks the segment's data."""

    kind: Literal["segment"] = "segment"
    segment: str


class DateTrigger(BaseEntryTrigger):
    """A date of the customer, in the customer's zone: `days_before` it, at the local time `at`."""

    kind: Literal["date"] = "date"
    date: str
    type: Literal[ValueType.DATE, ValueType.TIME] = ValueType.DATE
    every: Literal["year"] | None = None
    days_before: int = 0
    at: time
    feb_29: Literal["feb_28", "mar_1"] = "feb_28"  # the date in years without 29 February


class ScheduleTrigger(BaseEntryTrigger):
    """Everybody in the segment, at the times of `cron` in the zone."""

    kind: Literal["schedule"] = "schedule"
    cron: str
    zone: str
    segment: str


EntryTrigger = Annotated[
    EventTrigger | ProductTrigger | SegmentTrigger | DateTrigger | ScheduleTrigger, Field(discriminator="kind")
]
POLLED_TRIGGERS = (SegmentTrigger, DateTrigger, ScheduleTrigger)  # no event triggers them: a scan finds who enters
