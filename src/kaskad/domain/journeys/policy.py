"""The policy: rules for every journey, such as caps, quiet hours, retention and approval."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import Purpose, Window
from kaskad.domain.journeys.never_about import NeverAbout
from kaskad.domain.model import Model


class Cap(Model):
    """A limit of touches per day or week of the customer's calendar, for all senders together or for each."""

    at_most: Annotated[int, Field(ge=0)]
    per: Literal["day", "week"]
    topic: str | None = None
    each: Literal["sender"] | None = None
    over: Literal["wait", "skip"] = "wait"

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_meant(cls, said: Any) -> Any:
        """Reads an old cap: if published before `across` existed, it counts each sender unless it says otherwise."""
        if not isinstance(said, Mapping) or "across" not in said:
            return said
        kept = {key: value for key, value in said.items() if key != "across"}
        return kept if said["across"] else {"each": "sender", **kept}


class RetentionPolicy(Model):
    """How long data is kept, in whole months; data of customers who are still in a journey is kept longer.

    `messages` are kept with the enrollments that wrote them, and the time starts at the end of these.
    """

    events: Duration = Duration(seconds=400 * 86_400)
    messages: Duration = Duration(seconds=400 * 86_400)
    decisions: Duration = Duration(seconds=180 * 86_400)
    repeats: Duration = Duration(seconds=14 * 86_400)  # an event that is sent again within this time counts once
    rejected: Duration = Duration(seconds=30 * 86_400)  # rejected events, for the people who fix their source


class ApprovalPolicy(Model):
    """The cases in which a version needs a second person's approval. `by` is always another person than the author."""

    first_publish: bool = False  # of a journey
    purposes: tuple[Purpose, ...] = ()  # of the journey, or of a message in it
    audience_over: Annotated[int, Field(ge=0)] | None = None  # customers to whom it may write
    by: Literal["another person"] = "another person"


class Policy(Model):
    """Rules for every journey."""

    quiet_hours: Window | None = None
    caps: tuple[Cap, ...] = ()
    keep: RetentionPolicy = RetentionPolicy()
    never_about: NeverAbout | None = None  # for some time after a purchase, nothing about it
    control_group: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)  # share of customers who get no marketing
    approval: ApprovalPolicy | None = None
    double_opt_in: tuple[Channel, ...] = ()  # a grant of marketing counts there once the address is confirmed
