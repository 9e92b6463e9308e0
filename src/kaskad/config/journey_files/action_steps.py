"""Reads experiments, and the steps that do something besides sending: `set webhook start leave`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kaskad.config.journey_files.comparisons import read_assigned_value
from kaskad.config.journey_files.scope import Scope
from kaskad.config.yaml.node import Node, read_all
from kaskad.config.yaml.problem_text import format_percent, unknown_name
from kaskad.config.yaml.quantities import read_percent
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import check_name, one_of, read_text
from kaskad.domain.journeys.step import (
    Assignment,
    LeaveStep,
    SetStep,
    SplitPath,
    SplitStep,
    StartStep,
    Step,
    WebhookStep,
)

CUSTOMER_PREFIX = "customer."
LEAVE = "leave"
StepListReader = Callable[[Node], tuple[Step, ...]]


def read_split(node: Node, scope: Scope, steps: StepListReader) -> SplitStep:
    """`{name: …, judge: goal, paths: {a: {share: 50%, steps: […]}, b: …}}`; `steps` reads those of a path."""
    record = Record(node)
    label = record.need("name", lambda it: check_name(read_text(it), it), "the experiment's name")
    judge = record.get("judge", one_of("value", ["goal"]), None)
    paths = record.need(
        "paths", lambda it: _read_paths(it, steps), "two paths or more, like a: {share: 50%, steps: […]}"
    )
    if judge and not scope.goal:
        record.error(record.at("judge"), "this journey has no 'goal' to judge by: write one beside its steps")
    record.done()
    return SplitStep.model_validate({"name": label, "judge": judge, "paths": paths})


def read_step_name(node: Node) -> str:
    """The valid name of a step."""
    return check_name(read_text(node), node)


def read_set_step(node: Node, scope: Scope) -> SetStep:
    """`set: {customer.loyalty_level: gold}`."""
    record = Record(node)
    found = record.need("set", lambda it: _read_assignments(it, scope), "attributes, like {customer.level: gold}")
    label = record.get("name", read_step_name, None)
    record.done()
    return SetStep(name=label, assignments=found)


def read_webhook_step(node: Node, scope: Scope) -> WebhookStep:
    """`webhook: NAME`, one of webhooks.yaml."""
    record = Record(node)
    webhook = record.need("webhook", scope.catalogs.webhooks.name, "the name of a webhook")
    label = record.get("name", read_step_name, None)
    record.done()
    return WebhookStep(name=label, webhook=webhook)


def read_start_step(node: Node, scope: Scope) -> StartStep:
    """`start: JOURNEY`, another one."""
    record = Record(node)
    journey = record.need("start", lambda it: _read_other_journey(it, scope), "the name of a journey")
    label = record.get("name", read_step_name, None)
    record.done()
    return StartStep(name=label, journey=journey)


def read_leave_step(node: Node) -> LeaveStep:
    """`leave`, or `leave: why`."""
    record = Record(node)
    why = record.need(LEAVE, lambda it: "" if it.value is None else read_text(it), "why, in a few words")
    label = record.get("name", read_step_name, None)
    record.done()
    return LeaveStep(name=label, why=why)


def _read_other_journey(node: Node, scope: Scope) -> str:
    """Another journey; its file may be invalid: the problems are added there."""
    said = read_text(node)
    if said == scope.journey:
        raise node.error(f"'{said}' is this journey itself: name another one")
    if said not in scope.catalogs.journeys.broken:
        scope.catalogs.journeys.find(node)
    return said


def _read_assignments(node: Node, scope: Scope) -> tuple[Assignment, ...]:
    """`{customer.loyalty_level: gold, …}`: attributes of attributes.yaml, each with a value of its type."""
    fields = node.mapping()
    if not fields:
        raise node.error("at least one attribute is needed, like {customer.level: gold}")
    return read_all(list(fields.items()), lambda item: _read_assignment(*item, scope))


def _read_paths(node: Node, steps: StepListReader) -> tuple[SplitPath, ...]:
    paths = read_all(list(node.mapping().items()), lambda item: _read_path(*item, steps))
    if len(paths) < 2:
        raise node.error("an experiment needs two paths or more")
    total = sum((path.share for path in paths), Decimal(0))
    if total != 1:
        raise node.error(f"the shares make {format_percent(total)}: they have to make 100%")
    return paths


def _read_path(label: str, node: Node, steps: StepListReader) -> SplitPath:
    check_name(label, node)
    record = Record(node)
    share = record.need("share", read_percent, "the part of the customers who take it, like 50%")
    inner = record.need("steps", steps, "what happens on this path; [] is nothing")
    record.done()
    return SplitPath(name=label, share=share, steps=inner)


def _read_assignment(path: str, node: Node, scope: Scope) -> Assignment:
    attributes, label = scope.catalogs.attributes, path.removeprefix(CUSTOMER_PREFIX)
    if path == label or label not in {*attributes.items, *attributes.broken}:
        raise node.key_error(_not_settable(path, scope))
    kind = attributes.named(label, node, at_key=True)
    return Assignment(attribute=label, type=kind, value=read_assigned_value(node, kind, scope.vocabulary))


def _not_settable(path: str, scope: Scope) -> str:
    if scope.vocabulary.type_of(path) is not None:
        return f"'{path}' cannot be set: only the attributes of configs/attributes.yaml can"
    ours = [f"{CUSTOMER_PREFIX}{attribute}" for attribute in scope.catalogs.attributes.items]
    return unknown_name(
        "attribute", path, [attribute for attribute in ours if attribute == f"{CUSTOMER_PREFIX}{path}"] or ours
    )
