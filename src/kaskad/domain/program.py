"""A journey laid out flat: each step knows what comes next, so that a place in it is one step id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kaskad.domain.condition import Conditions, EventMatch, MessageWas
from kaskad.domain.entrance import EventEntrance
from kaskad.domain.journey import Journey
from kaskad.domain.step import CallStep, ChooseStep, SendStep, Step, WaitForStep

ENTRANCE_WHERE = "enter.where"
ENTRANCE_IF = "enter.if"
ONLY_WHILE = "only_while"


def content_hash(text: str, size: int = 4) -> str:
    """A short, stable name for a content."""
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()


def step_id(step: Step) -> str:
    """`kind:name`: a send's message, a call's script, any step's own `name`, or else the hash of its content.

    Never a position: a step keeps its id while others are put before it.
    """
    if step.name:
        return f"{step.kind}:{step.name}"
    if isinstance(step, SendStep):
        return f"send:{step.message}"
    if isinstance(step, CallStep):
        return f"call:{step.script}"
    return f"{step.kind}:{content_hash(step.model_dump_json(by_alias=True))}"


@dataclass(frozen=True, slots=True)
class Node:
    """A step, and where it leads: `next` after it; `branches` (then … else) into it. None is the end."""

    id: str
    step: Step
    next: str | None
    branches: tuple[str | None, ...] = ()


@dataclass(slots=True)
class Program:
    """The flat journey: nodes by id, and every condition and event that its decisions ask for, by name."""

    first: str | None = None
    nodes: dict[str, Node] = field(default_factory=dict)
    conditions: dict[str, Conditions] = field(default_factory=dict)
    waits: dict[str, EventMatch] = field(default_factory=dict)

    def sends(self) -> Iterator[SendStep | CallStep]:
        """Every step that writes to the customer, in the order of the file."""
        for node in self.nodes.values():
            if isinstance(node.step, SendStep | CallStep):
                yield node.step


def compile_program(journey: Journey) -> Program:
    """The journey laid out flat. Raises ValueError when two steps have the same id."""
    program = Program()
    program.first = _lay_out(program, journey.steps, None)
    named: dict[str, Conditions] = {
        ENTRANCE_WHERE: journey.enter.where if isinstance(journey.enter, EventEntrance) else (),
        ENTRANCE_IF: journey.enter.if_,
        ONLY_WHILE: journey.only_while,
    }
    program.conditions.update({name: conditions for name, conditions in named.items() if conditions})
    program.nodes = dict(_in_reading_order(program, journey.steps))
    return program


def messages_of(journey: Journey) -> list[str]:
    """The messages and scripts that the journey's steps name, sorted."""
    steps = compile_program(journey).sends()
    return sorted({step.script if isinstance(step, CallStep) else step.message for step in steps})


def condition_name(node_id: str, branch: int | None = None) -> str:
    """What the facts call the conditions of a step, or of one branch of it."""
    return f"{node_id}.if" if branch is None else f"{node_id}.{branch}"


def _lay_out(program: Program, steps: Sequence[Step], after: str | None) -> str | None:
    """Adds the steps, last first, and returns the first one's id; `after` is where the last one leads."""
    following = after
    for step in reversed(steps):
        identity = step_id(step)
        if identity in program.nodes:
            raise ValueError(f"two steps are called '{identity}': give one of them a 'name'")
        program.nodes[identity] = Node(identity, step, following)  # taken before its branches can clash with it
        program.nodes[identity] = Node(identity, step, following, _branches(program, step, identity, following))
        following = identity
    return following


def _branches(program: Program, step: Step, identity: str, after: str | None) -> tuple[str | None, ...]:
    if isinstance(step, ChooseStep):
        for index, branch in enumerate(step.branches):
            program.conditions[condition_name(identity, index)] = branch.if_
        arms = [*(branch.then for branch in step.branches), step.else_]
        return tuple(_lay_out(program, arm, after) for arm in arms)
    if isinstance(step, WaitForStep):
        if step.event:
            program.waits[identity] = step.event
        if step.message:
            asked = MessageWas(message=step.message.message, was=step.message.was)
            program.conditions[condition_name(identity)] = (asked,)
        return (_lay_out(program, step.then, after), _lay_out(program, step.else_, after))
    if isinstance(step, SendStep | CallStep) and step.if_:
        program.conditions[condition_name(identity)] = step.if_
    return ()


def _in_reading_order(program: Program, steps: Sequence[Step]) -> Iterator[tuple[str, Node]]:
    for step in steps:
        identity = step_id(step)
        yield identity, program.nodes[identity]
        if isinstance(step, ChooseStep):
            for branch in step.branches:
                yield from _in_reading_order(program, branch.then)
            yield from _in_reading_order(program, step.else_)
        elif isinstance(step, WaitForStep):
            yield from _in_reading_order(program, step.then)
            yield from _in_reading_order(program, step.else_)
