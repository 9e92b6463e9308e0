"""What a journey's YAML may say, once read: every name resolved, every short form written out."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.cascade import Cascade
from kaskad.domain.condition import Conditions, EventMatch, MessageState, Same
from kaskad.domain.model import Duration, Model


class Purpose(StrEnum):
    """Decides which consents, caps and hours apply (the table in docs and in policy.py)."""

    MARKETING = "marketing"
    REQUESTED = "requested"
    TRANSACTIONAL = "transactional"


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


class SendStep(Model):
    """One message through a cascade."""

    kind: Literal["send"] = "send"
    name: str | None = None
    message: str
    relevant_for: Duration | None = None
    cascade: Cascade | None = None
    if_: Annotated[Conditions, Field(alias="if")] = ()


class WaitStep(Model):
    """Time passes: `for_` from here, or until that long after entering."""

    kind: Literal["wait"] = "wait"
    name: str | None = None
    for_: Annotated[Duration | None, Field(alias="for")] = None
    after_enter: Duration | None = None


class MessageMatch(Model):
    """A message that is waited for."""

    message: str
    was: MessageState


class WaitForStep(Model):
    """Until it happens (`then`), or for `up_to` at the most (`else`)."""

    kind: Literal["wait_for"] = "wait_for"
    name: str | None = None
    event: EventMatch | None = None
    message: MessageMatch | None = None
    up_to: Duration
    then: tuple[Step, ...] = ()
    else_: Annotated[tuple[Step, ...], Field(alias="else")] = ()


class Branch(Model):
    """The first branch whose conditions hold is taken."""

    if_: Annotated[Conditions, Field(alias="if")]
    then: tuple[Step, ...]


class ChooseStep(Model):
    """One way of several; they join again after it."""

    kind: Literal["choose"] = "choose"
    name: str | None = None
    branches: tuple[Branch, ...]
    else_: Annotated[tuple[Step, ...], Field(alias="else")] = ()


class CallStep(Model):
    """A person of the team `call` calls the customer, with the script, within the time."""

    kind: Literal["call"] = "call"
    name: str | None = None
    team: str
    script: str
    within: Duration
    if_: Annotated[Conditions, Field(alias="if")] = ()


Step = Annotated[SendStep | WaitStep | WaitForStep | ChooseStep | CallStep, Field(discriminator="kind")]

for model in (WaitForStep, Branch, ChooseStep):
    model.model_rebuild()


class Window(Model):
    """Hours of the customer's own day; `to` earlier than `from` crosses midnight. `to` itself is outside."""

    from_: Annotated[time, Field(alias="from")]
    to: time


class SendWindow(Window):
    """When this journey may send, and what happens outside."""

    outside: Literal["wait", "skip"] = "wait"


class Goal(EventMatch):
    """What the journey is for; counted within the time after entering."""

    within: Duration


class Journey(Model):
    """A whole journey. `name` is its file's stem."""

    name: str
    title: str
    owner: str
    purpose: Purpose = Purpose.MARKETING
    topic: str | None = None
    sender: str = "shop"  # one of senders.yaml, or `event.<field>`
    priority: int = 50
    cascade: Cascade
    enter: Entrance
    leave: tuple[EventMatch, ...] = ()
    only_while: Conditions = ()
    goal: Goal | None = None
    holdout: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)
    send_window: SendWindow | None = None
    fresh_data: dict[str, Duration] = {}
    edits: Literal["pin"] = "pin"
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @property
    def same_key(self) -> Same | None:
        """What the enrollment's key names, where it is not the customer alone."""
        once = self.enter.once_per
        return None if once is OncePer.CUSTOMER else Same(once.value)
