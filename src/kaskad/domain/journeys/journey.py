"""A journey as read from YAML: every name is resolved, every short form is expanded."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import Conditions, EventMatch
from kaskad.domain.journeys.entry_trigger import EntryTrigger
from kaskad.domain.journeys.never_about import NarrowedNeverAbout
from kaskad.domain.journeys.step import Step
from kaskad.domain.model import Model


class Purpose(StrEnum):
    """Decides which consents, caps and hours apply (the table in docs and in policy.py)."""

    MARKETING = "marketing"
    REQUESTED = "requested"
    TRANSACTIONAL = "transactional"


class Window(Model):
    """Hours of the customer's own day; `to` earlier than `from` crosses midnight. `to` itself is outside."""

    from_: Annotated[time, Field(alias="from")]
    to: time


class SendWindow(Window):
    """When this journey may send, and what happens outside."""

    outside: Literal["wait", "skip"] = "wait"


class Goal(EventMatch):
    """The goal of the journey; it counts if it is reached within the time after entering."""

    within: Duration


class Journey(Model):
    """A whole journey. `name` is its file's stem."""

    name: str
    title: str
    owner: str
    purpose: Purpose = Purpose.MARKETING
    topic: str | None = None
    sender: str = "shop"  # a sender of senders.yaml, or `event.<field>`
    priority: int = 50
    cascade: Cascade
    enter: EntryTrigger
    leave: tuple[EventMatch, ...] = ()
    only_while: Conditions = ()
    goal: Goal | None = None
    holdout: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)
    send_window: SendWindow | None = None
    fresh_data: dict[str, Duration] = {}
    edits: Literal["pin", "follow"] = "pin"
    moved: dict[str, str] = {}  # removed step → the step where its customers continue; `end` is the end
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    never_about: NarrowedNeverAbout | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_not_said(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The journey as it is stored. A journey that narrows nothing is as it was before it could: so is its hash."""
        said: dict[str, Any] = dump(self)
        return {key: value for key, value in said.items() if key != "never_about" or value is not None}
