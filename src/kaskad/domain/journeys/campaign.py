"""A campaign: a mailing to a segment, once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import Conditions, EventMatch
from kaskad.domain.journeys.journey import Goal, Purpose, SendWindow
from kaskad.domain.journeys.step import Step
from kaskad.domain.model import Duration, Model


class Mailing(Model):
    """To whom, when, and how fast. `at` is the wall clock of `clock`: each customer's own, or the shop's."""

    segment: str
    at: datetime  # without a zone
    clock: Literal["customer", "shop"] = "customer"
    speed: Annotated[float, Field(gt=0)] | None = None  # people per second; None: as fast as the channels go


class Campaign(Model):
    """What a journey says, with a mailing in place of its entrance. `name` is its file's stem.

    It goes in the name of `sender`, or once for each sender of the list `senders`.
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
