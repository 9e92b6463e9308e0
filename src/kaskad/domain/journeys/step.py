"""What a journey may do, one step after the other."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import Conditions, EventMatch, MessageState, PathRef, Scalar, ValueType
from kaskad.domain.journeys.wait_until import Until
from kaskad.domain.model import Duration, Model


class SendStep(Model):
    """One message through a cascade. `together`: one for all that the customer has here within that time."""

    kind: Literal["send"] = "send"
    name: str | None = None
    message: str
    relevant_for: Duration | None = None
    cascade: Cascade | None = None
    sender: str | None = None  # one of senders.yaml, or `event.<field>`
    together: Duration | None = None
    if_: Annotated[Conditions, Field(alias="if")] = ()


class WaitStep(Model):
    """Time passes: `for_` from here, or `until` then."""

    kind: Literal["wait"] = "wait"
    name: str | None = None
    for_: Annotated[Duration | None, Field(alias="for")] = None
    until: Until | None = None


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


class SplitPath(Model):
    """One way of an experiment, and the share of the customers who take it."""

    name: str
    share: Annotated[Decimal, Field(ge=0, le=1)]
    steps: tuple[Step, ...] = ()


class SplitStep(Model):
    """An experiment: the hash of the customer says which path, always the same one; they join again after it.

    `judge` says by what the paths are compared; None where nobody compares them.
    """

    kind: Literal["split"] = "split"
    name: str
    judge: Literal["goal"] | None = None
    paths: tuple[SplitPath, ...]


class CallStep(Model):
    """A person of the team `call` calls the customer, with the script, within the time."""

    kind: Literal["call"] = "call"
    name: str | None = None
    team: str
    script: str
    within: Duration
    if_: Annotated[Conditions, Field(alias="if")] = ()


class Assignment(Model):
    """What one of the customer's attributes becomes: a value, or what another path says then."""

    attribute: str  # its name in attributes.yaml
    type: ValueType
    value: Scalar | PathRef | tuple[Scalar, ...]


class SetStep(Model):
    """The customer's profile says so from here on."""

    kind: Literal["set"] = "set"
    name: str | None = None
    assignments: Annotated[tuple[Assignment, ...], Field(min_length=1)]


class WebhookStep(Model):
    """Another system is told, by a webhook of webhooks.yaml; the journey goes on once it has answered."""

    kind: Literal["webhook"] = "webhook"
    name: str | None = None
    webhook: str


class StartStep(Model):
    """The customer may enter another journey, with this entry's properties; this one goes on."""

    kind: Literal["start"] = "start"
    name: str | None = None
    journey: str


class LeaveStep(Model):
    """The journey ends here for this customer. `why` is for those who read it later."""

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
    """The message that it sends, the script that it has read out."""
    return step.script if isinstance(step, CallStep) else step.message


def child_steps(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The ways that part at this step, in the order of the file; none where it leads straight on."""
    match step:
        case ChooseStep():
            return (*(branch.then for branch in step.branches), step.else_)
        case WaitForStep():
            return (step.then, step.else_)
        case SplitStep():
            return tuple(path.steps for path in step.paths)
    return ()
