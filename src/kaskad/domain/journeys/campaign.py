"""A campaign: a mailing to a segment, once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import Conditions, EventMatch
from kaskad.domain.journeys.journey import Goal, Purpose, SendWindow
from kaskad.domain.journeys.step import Step
from kaskad.domain.model import Model


class Mailing(Model):
    """The segment, time and speed of a mailing. `at` is the time on `clock`: each customer's own, or the shop's."""

    segment: str
    at: datetime  # without a zone
    clock: Literal["customer", "shop"] = "customer"
    speed: Annotated[float, Field(gt=0)] | None = None  # customers per second; None: as fast as the channels allow


class Campaign(Model):
    """A journey with a mailing in place of an entry trigger. `name` is its file's stem.

    It is sent from `sender`, or once from each sender of the list `senders`.
    """

    name: str
    title: str
    owner: str
    purpose: Purpose = Purpose.MARKETING
    topic: str | None = None
    sender: str | None = None
    senders: str | None = None
    priority: int = 50
    cascade: Cascade
    campaign: Mailing
    leave: tuple[EventMatch, ...] = ()
    only_while: Conditions = ()
    goal: Goal | None = None
    holdout: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)
    send_window: SendWindow | None = None
    fresh_data: dict[str, Duration] = {}
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
