"""The steps of a journey."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import Conditions, EventMatch, MessageState, PathRef, Scalar, ValueType
from kaskad.domain.journeys.wait_until import Until
from kaskad.domain.model import Model


class SendStep(Model):
    """Sends one message through a cascade. `together`: one message for all entries of the customer within that time."""

    kind: Literal["send"] = "send"
    name: str | None = None
    message: str
    relevant_for: Duration | None = None
    cascade: Cascade | None = None
    sender: str | None = None  # a sender of senders.yaml, or `event.<field>`
    together: Duration | None = None
    if_: Annotated[Conditions, Field(alias="if")] = ()


class WaitStep(Model):
    """Waits: for the duration `for_` from here, or until the instant `until`."""

    kind: Literal["wait"] = "wait"
    name: str | None = None
    for_: Annotated[Duration | None, Field(alias="for")] = None
    until: Until | None = None


class MessageMatch(Model):
    """A message and the state of it that a step waits for."""

    message: str
    was: MessageState


class WaitForStep(Model):
    """Waits until something happens (`then`), for at most `up_to` (`else`)."""

    kind: Literal["wait_for"] = "wait_for"
    name: str | None = None
    event: EventMatch | None = None
    message: MessageMatch | None = None
    up_to: Duration
    then: tuple[Step, ...] = ()
    else_: Annotated[tuple[Step, ...], Field(alias="else")] = ()


class Branch(Model):
    """Takes the first branch whose conditions are true."""

    if_: Annotated[Conditions, Field(alias="if")]
    then: tuple[Step, ...]


class ChooseStep(Model):
    """Takes one of several branches; they join again after the step."""

    kind: Literal["choose"] = "choose"
    name: str | None = None
    branches: tuple[Branch, ...]
    else_: Annotated[tuple[Step, ...], Field(alias="else")] = ()


class SplitPath(Model):
    """One path of an experiment, and the share of the customers who take it."""

    name: str
    share: Annotated[Decimal, Field(ge=0, le=1)]
    steps: tuple[Step, ...] = ()


class SplitStep(Model):
    """An experiment: the hash of the customer selects the path, always the same one; the paths join again after it.

    `judge` says what the paths are compared by; None if they are not compared.
    """

    kind: Literal["split"] = "split"
    name: str
    judge: Literal["goal"] | None = None
    paths: tuple[SplitPath, ...]


class CallStep(Model):
    """A person of the team `call` phones the customer, with the script, within the time."""

    kind: Literal["call"] = "call"
    name: str | None = None
    team: str
    script: str
    within: Duration
    if_: Annotated[Conditions, Field(alias="if")] = ()


class Assignment(Model):
    """The new value of one customer attribute: a constant, or the value of another path at that time."""

    attribute: str  # the attribute's name in attributes.yaml
    type: ValueType
    value: Scalar | PathRef | tuple[Scalar, ...]


class SetStep(Model):
    """Sets attributes in the customer's profile."""

    kind: Literal["set"] = "set"
    name: str | None = None
    assignments: Annotated[tuple[Assignment, ...], Field(min_length=1)]


class WebhookStep(Model):
    """Calls another system by a webhook of webhooks.yaml; the journey continues when it has answered."""

    kind: Literal["webhook"] = "webhook"
    name: str | None = None
    webhook: str


class StartStep(Model):
    """Starts another journey for the customer, with the properties of this entry; this journey continues."""

    kind: Literal["start"] = "start"
    name: str | None = None
    journey: str


class LeaveStep(Model):
    """Ends the journey for this customer. `why` is for people who read it later."""

    kind: Literal["leave"] = "leave"
    name: str | None = None
    why: str = ""


Step = Annotated[
    SendStep
    | WaitStep
    | WaitForStep
    | ChooseStep
    | SplitStep
    | CallStep
    | SetStep
    | WebhookStep
    | StartStep
    | LeaveStep,
    Field(discriminator="kind"),
]

for model in (WaitForStep, Branch, ChooseStep, SplitPath, SplitStep):
    model.model_rebuild()


def message_name(step: SendStep | CallStep) -> str:
    """The name of the message that the step sends, or of its script."""
    return step.script if isinstance(step, CallStep) else step.message


def child_steps(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The branches of this step, in the order of the file; empty if it has none."""
    match step:
        case ChooseStep():
            return (*(branch.then for branch in step.branches), step.else_)
        case WaitForStep():
            return (step.then, step.else_)
        case SplitStep():
            return tuple(path.steps for path in step.paths)
    return ()
