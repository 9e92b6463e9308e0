"""The ways into a journey: what `enter:` may say."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.condition import Conditions
from kaskad.domain.model import Duration, Model


class OncePer(StrEnum):
    """One live enrollment per customer and …"""

    CUSTOMER = "customer"
    CART = "cart"
    PRODUCT = "product"
    ORDER = "order"
    EMAIL = "email"


Again = Literal["always", "never"] | Duration


class EventEntrance(Model):
    """An event lets people in, after `quiet_for` of silence."""

    kind: Literal["event"] = "event"
    when: str
    where: Conditions = ()  # what happened
    if_: Annotated[Conditions, Field(alias="if")] = ()  # who the customer is
    once_per: OncePer = OncePer.CUSTOMER
    quiet_for: Duration = Duration()
    again_after: Again


class Audience(Model):
    """Who hears of a product: those who asked, or who looked at it within the time."""

    kind: Literal["subscribed", "viewed"]
    within: Duration | None = None


class Release(Model):
    """How many at a time: `people` per unit in stock, every so often."""

    people: Annotated[int, Field(ge=1)]
    per: Literal["unit"] = "unit"
    every: Duration


class ProductEntrance(Model):
    """A product lets people in: `who`, in this order."""

    kind: Literal["product"] = "product"
    product: Literal["back_in_stock"]
    who: tuple[Audience, ...]
    release: Release | None = None
    if_: Annotated[Conditions, Field(alias="if")] = ()
    once_per: OncePer = OncePer.PRODUCT
    again_after: Again


Entrance = Annotated[EventEntrance | ProductEntrance, Field(discriminator="kind")]
