"""Reads the steps of a journey: `send wait wait_for choose call` here, the others in `action_steps`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kaskad.config.journey_files.action_steps import (
    LEAVE,
    read_leave_step,
    read_set_step,
    read_split,
    read_start_step,
    read_step_name,
    read_webhook_step,
)
from kaskad.config.journey_files.cascades import read_cascade
from kaskad.config.journey_files.conditions import read_conditions
from kaskad.config.journey_files.scope import Scope
from kaskad.config.journey_files.sender_reference import read_sender_reference
from kaskad.config.journey_files.waits import read_wait, read_wait_for
from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.problem_text import join_with_or, unknown_name
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.journeys.condition import Conditions
from kaskad.domain.journeys.program import step_id
from kaskad.domain.journeys.step import (
    Branch,
    CallStep,
    ChooseStep,
    LeaveStep,
    SendStep,
    SplitStep,
    Step,
    WaitForStep,
    WaitStep,
)


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads the steps of one journey. `seen` has all of them with their positions, to check their ids."""

    scope: Scope
    seen: list[tuple[Step, Node]] = field(default_factory=list)

    def each(self, node: Node) -> tuple[Step, ...]:
        """A list of steps."""
        return node.each(self.step)

    def step(self, node: Node) -> Step:
        """One step of any kind."""
        readers: dict[str, Callable[[Node], Step]] = {
            "send": self._send,
            "wait": self._wait,
            "wait_for": self._wait_for,
            "choose": self._choose,
            "split": self._split,
            "call": self._call,
            "set": lambda it: read_set_step(it, self.scope),
            "webhook": lambda it: read_webhook_step(it, self.scope),
            "start": lambda it: read_start_step(it, self.scope),
            LEAVE: read_leave_step,
        }
        if node.value == LEAVE:
            return self._seen(LeaveStep(), node)
        fields = node.mapping()
        kinds = [key for key in fields if key in readers]
        if not kinds:
            raise _not_a_step(node, list(readers))
        if len(kinds) > 1:
            raise fields[kinds[1]].key_error(f"'{kinds[1]}' is another step: make it an entry of its own in the list")
        return self._seen(readers[kinds[0]](node), node)

    def _seen(self, step: Step, node: Node) -> Step:
        self.seen.append((step, node))
        return step

    def check_ids(self) -> None:
        """Adds a problem for every step with the id of an earlier one; raises InvalidNode if there is any."""
        first: dict[str, Node] = {}
        clash = False
        for step, node in sorted(self.seen, key=lambda each: each[1].place):
            above = first.setdefault(step_id(step), node)
            if above is not node:
                line = above.place.line
                node.error(f"this step and the one in line {line} are both '{step_id(step)}': give this one a 'name'")
                clash = True
        if clash:
            raise InvalidNode

    def _conditions(self, node: Node) -> Conditions:
        return read_conditions(node, self.scope)

    def _send(self, node: Node) -> SendStep:
        catalogs = self.scope.catalogs
        record = Record(node)
        message = record.need("send", catalogs.templates.name, "the name of a message")
        label = record.get("name", read_step_name, None)
        channels = record.get("cascade", lambda it: read_cascade(it, catalogs.cascades, catalogs.channels), None)
        relevant_for = record.get("relevant_for", read_duration, None)
        parts = {
            "sender": record.get("sender", lambda it: read_sender_reference(it, self.scope), None),
            "together": record.get("together", read_duration, None),
            "if": record.get("if", self._conditions, ()),
        }
        record.done()
        named = {"name": label, "message": message, "relevant_for": relevant_for, "cascade": channels}
        return SendStep.model_validate(named | parts)

    def _wait(self, node: Node) -> WaitStep:
        record = Record(node)
        lasting, until = record.need("wait", lambda it: read_wait(it, self.scope), "a duration") or (None, None)
        label = record.get("name", read_step_name, None)
        record.done()
        return WaitStep(name=label, for_=lasting, until=until)

    def _wait_for(self, node: Node) -> WaitForStep:
        record = Record(node)
        awaited = record.need("wait_for", lambda it: read_wait_for(it, self.scope), "an event or a message")
        label = record.get("name", read_step_name, None)
        then = record.get("then", self.each, ())
        else_ = record.get("else", self.each, ())
        record.done()
        event, message, up_to = awaited
        return WaitForStep(name=label, event=event, message=message, up_to=up_to, then=then, else_=else_)

    def _choose(self, node: Node) -> ChooseStep:
        record = Record(node)
        branches = record.need("choose", lambda it: it.each(self._branch), "a list of {if: …, then: …}")
        label = record.get("name", read_step_name, None)
        else_ = record.get("else", self.each, ())
        record.done()
        if not branches:
            raise record.at("choose").error("at least one {if: …, then: …} is needed in the list")
        return ChooseStep(name=label, branches=branches, else_=else_)

    def _branch(self, node: Node) -> Branch:
        record = Record(node)
        asked = record.need("if", self._conditions, "the conditions of this branch")
        then = record.need("then", self.each, "the steps of this branch")
        record.done()
        return Branch(if_=asked, then=then)

    def _split(self, node: Node) -> SplitStep:
        record = Record(node)
        found = record.need(
            "split", lambda it: read_split(it, self.scope, self.each), "an experiment: {name: …, paths: …}"
        )
        record.done()
        return found

    def _call(self, node: Node) -> CallStep:
        record = Record(node)
        team = record.need("call", read_text, "the team that calls")
        script = record.need("script", self._script, "the message whose call.yaml is read out")
        label = record.get("name", read_step_name, None)
        within = record.need("within", read_duration, "how soon they call, like 1d")
        asked = record.get("if", self._conditions, ())
        record.done()
        return CallStep(name=label, team=team, script=script, within=within, if_=asked)

    def _script(self, node: Node) -> str:
        files = self.scope.catalogs.templates.find(node)
        if "call.yaml" not in files:
            raise node.error(f"templates/{read_text(node)} has no call.yaml, which is what is read out")
        return read_text(node)


def _not_a_step(node: Node, kinds: list[str]) -> InvalidNode:
    fields = node.mapping()
    if not fields:
        return node.error(f"a step is needed here: {join_with_or(kinds)}")
    key, value = next(iter(fields.items()))
    return value.key_error(unknown_name("step", key, kinds))
