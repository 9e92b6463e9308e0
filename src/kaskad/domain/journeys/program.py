"""The program: a journey as a flat list of nodes. Each node knows the next one, so a position is one step id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kaskad.domain.journeys.campaign import Campaign
from kaskad.domain.journeys.condition import Conditions, EventMatch, MessageWas, PathRef, ValueType
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.step import (
    CallStep,
    ChooseStep,
    SendStep,
    SetStep,
    StartStep,
    Step,
    WaitForStep,
    WaitStep,
    WebhookStep,
    child_steps,
    message_name,
)
from kaskad.domain.journeys.wait_until import UntilRelativeTime

ENTRY_WHERE = "enter.where"
ENTRY_IF = "enter.if"
ONLY_WHILE = "only_while"


def content_hash(text: str, size: int = 4) -> str:
    """A short, stable name for a text."""
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()


def step_id(step: Step) -> str:
    """`kind:name`: the step's own `name`, or its message, script, webhook or journey; else the hash of its content.

    Never a position: a step keeps its id when others are inserted before it.
    """
    if step.name:
        return f"{step.kind}:{step.name}"
    if isinstance(step, SendStep):
        return f"send:{step.message}"
    if isinstance(step, CallStep):
        return f"call:{step.script}"
    if isinstance(step, WebhookStep):
        return f"webhook:{step.webhook}"
    if isinstance(step, StartStep):
        return f"start:{step.journey}"
    return f"{step.kind}:{content_hash(step.model_dump_json(by_alias=True))}"


@dataclass(frozen=True, slots=True)
class Node:
    """A step and the next steps: `next` after it; `branches` are the first steps of its branches. None is the end."""

    id: str
    step: Step
    next: str | None
    branches: tuple[str | None, ...] = ()


@dataclass(slots=True)
class Program:
    """The flat journey: nodes by id, and by name every condition and event that its decisions need."""

    first: str | None = None
    nodes: dict[str, Node] = field(default_factory=dict)
    conditions: dict[str, Conditions] = field(default_factory=dict)
    waits: dict[str, EventMatch] = field(default_factory=dict)
    values: dict[str, ValueType] = field(default_factory=dict)  # by path

    def sends(self) -> Iterator[SendStep | CallStep]:
        """Every step that sends to the customer, in the order of the file."""
        for node in self.nodes.values():
            if isinstance(node.step, SendStep | CallStep):
                yield node.step

    def may_send_from(self, step: str | None) -> bool:
        """Whether a customer at that step can still get a message; True if only another version has the step."""
        if step is not None and step not in self.nodes:
            return True
        ahead, seen = [step], set[str]()
        while ahead:
            here = ahead.pop()
            if here is None or here in seen:
                continue
            node = self.nodes[here]
            if isinstance(node.step, SendStep | CallStep):
                return True
            seen.add(here)
            ahead += [node.next, *node.branches]
        return False

    @property
    def together(self) -> frozenset[str]:
        """The steps that send one message for several entries of a customer."""
        sends = ((id_, node.step) for id_, node in self.nodes.items() if isinstance(node.step, SendStep))
        return frozenset(id_ for id_, step in sends if step.together)

    @property
    def calls(self) -> dict[str, str]:
        """The steps that call a webhook, and its name."""
        return {id_: node.step.webhook for id_, node in self.nodes.items() if isinstance(node.step, WebhookStep)}


def compile_program(journey: Journey) -> Program:
    """The program of the journey. Raises ValueError when two steps have the same id."""
    program = Program()
    program.first = _add_nodes(program, journey.steps, None)
    named: dict[str, Conditions] = {
        ENTRY_WHERE: journey.enter.where,
        ENTRY_IF: journey.enter.if_,
        ONLY_WHILE: journey.only_while,
    }
    program.conditions.update({name: conditions for name, conditions in named.items() if conditions})
    program.nodes = dict(_in_reading_order(program, journey.steps))
    return program


def message_names(journey: Journey | Campaign) -> list[str]:
    """The names of the messages and scripts of its steps, sorted."""
    return sorted({message_name(step) for step in _all_steps(journey.steps) if isinstance(step, SendStep | CallStep)})


def _all_steps(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for arm in child_steps(step):
            yield from _all_steps(arm)


def condition_name(node_id: str, branch: int | None = None) -> str:
    """The name of the condition of a step, or of one branch of it, in the facts."""
    return f"{node_id}.if" if branch is None else f"{node_id}.{branch}"


def _add_nodes(program: Program, steps: Sequence[Step], after: str | None) -> str | None:
    """Adds the steps, last first, and returns the first one's id; `after` is the step after the last one."""
    following = after
    for step in reversed(steps):
        identity = step_id(step)
        if identity in program.nodes:
            raise ValueError(f"two steps are called '{identity}': give one of them a 'name'")
        program.nodes[identity] = Node(identity, step, following)  # added now, so that no branch takes the same id
        program.nodes[identity] = Node(
            identity, step, following, _add_branches(program, step, identity, after=following)
        )
        following = identity
    return following


def _add_branches(program: Program, step: Step, identity: str, *, after: str | None) -> tuple[str | None, ...]:
    """Adds the branches of the step, and records the conditions and events that the step needs."""
    match step:
        case ChooseStep():
            for index, branch in enumerate(step.branches):
                program.conditions[condition_name(identity, index)] = branch.if_
        case WaitForStep():
            if step.event:
                program.waits[identity] = step.event
            if step.message:
                asked = MessageWas(message=step.message.message, was=step.message.was)
                program.conditions[condition_name(identity)] = (asked,)
        case SendStep() | CallStep() if step.if_:
            program.conditions[condition_name(identity)] = step.if_
        case WaitStep(until=UntilRelativeTime() as moment):
            program.values |= moment.paths()
        case SetStep():
            program.values |= {
                assignment.value.path: assignment.type
                for assignment in step.assignments
                if isinstance(assignment.value, PathRef)
            }
    return tuple(_add_nodes(program, arm, after) for arm in child_steps(step))


def _in_reading_order(program: Program, steps: Sequence[Step]) -> Iterator[tuple[str, Node]]:
    for step in steps:
        identity = step_id(step)
        yield identity, program.nodes[identity]
        for arm in child_steps(step):
            yield from _in_reading_order(program, arm)
