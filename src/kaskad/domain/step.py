"""What a journey may do, one step after the other."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.cascade import Cascade
from kaskad.domain.condition import Conditions, EventMatch, MessageState
from kaskad.domain.model import Duration, Model


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
