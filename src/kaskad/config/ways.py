"""The paths of an experiment, and the steps that do something besides writing: `set webhook start leave`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kaskad.config.comparisons import assigned
from kaskad.config.node import Node, read_all
from kaskad.config.quantities import percent
from kaskad.config.record import Record
from kaskad.config.scalars import name, text, word
from kaskad.config.scope import Scope
from kaskad.config.wording import in_percent, unknown
from kaskad.domain.step import Assignment, LeaveStep, SetStep, SplitPath, SplitStep, StartStep, Step, WebhookStep

ROOT = "customer."
LEAVE = "leave"
Reader = Callable[[Node], tuple[Step, ...]]


def split(node: Node, scope: Scope, steps: Reader) -> SplitStep:
    """`{name: …, judge: goal, paths: {a: {share: 50%, steps: […]}, b: …}}`; `steps` reads those of a path."""
    record = Record(node)
    label = record.need("name", lambda it: name(text(it), it), "the experiment's name")
    judge = record.get("judge", word("value", ["goal"]), None)
    paths = record.need("paths", lambda it: _paths(it, steps), "two paths or more, like a: {share: 50%, steps: […]}")
    if judge and not scope.goal:
        record.wrong(record.at("judge"), "this journey has no 'goal' to judge by: write one beside its steps")
    record.done()
    return SplitStep.model_validate({"name": label, "judge": judge, "paths": paths})


def step_name(node: Node) -> str:
    """The name that a step is given, checked."""
    return name(text(node), node)


def set_step(node: Node, scope: Scope) -> SetStep:
    """`set: {customer.loyalty_level: gold}`."""
    record = Record(node)
    found = record.need("set", lambda it: _assignments(it, scope), "attributes, like {customer.level: gold}")
    label = record.get("name", step_name, None)
    record.done()
    return SetStep(name=label, assignments=found)


def webhook_step(node: Node, scope: Scope) -> WebhookStep:
    """`webhook: NAME`, one of webhooks.yaml."""
    record = Record(node)
    webhook = record.need("webhook", scope.catalogs.webhooks.name, "the name of a webhook")
    label = record.get("name", step_name, None)
    record.done()
    return WebhookStep(name=label, webhook=webhook)


def start_step(node: Node, scope: Scope) -> StartStep:
    """`start: JOURNEY`, another one."""
    record = Record(node)
    journey = record.need("start", lambda it: _other_journey(it, scope), "the name of a journey")
    label = record.get("name", step_name, None)
    record.done()
    return StartStep(name=label, journey=journey)


def leave_step(node: Node) -> LeaveStep:
    """`leave`, or `leave: why`."""
    record = Record(node)
    why = record.need(LEAVE, lambda it: "" if it.value is None else text(it), "why, in a few words")
    label = record.get("name", step_name, None)
    record.done()
    return LeaveStep(name=label, why=why)


def _other_journey(node: Node, scope: Scope) -> str:
    """Another journey; one whose file is broken will do: that is noted where it stands."""
    said = text(node)
    if said == scope.journey:
        raise node.wrong(f"'{said}' is this journey itself: name another one")
    if said not in scope.catalogs.journeys.broken:
        scope.catalogs.journeys.find(node)
    return said


def _assignments(node: Node, scope: Scope) -> tuple[Assignment, ...]:
    """`{customer.loyalty_level: gold, …}`: attributes of attributes.yaml, each with a value of its type."""
    fields = node.mapping()
    if not fields:
        raise node.wrong("at least one attribute is needed, like {customer.level: gold}")
    return read_all(list(fields.items()), lambda item: _assignment(*item, scope))


def _paths(node: Node, steps: Reader) -> tuple[SplitPath, ...]:
    paths = read_all(list(node.mapping().items()), lambda item: _path(*item, steps))
    if len(paths) < 2:
        raise node.wrong("an experiment needs two paths or more")
    total = sum((path.share for path in paths), Decimal(0))
    if total != 1:
        raise node.wrong(f"the shares make {in_percent(total)}: they have to make 100%")
    return paths


def _path(label: str, node: Node, steps: Reader) -> SplitPath:
    name(label, node)
    record = Record(node)
    share = record.need("share", percent, "the part of the customers who take it, like 50%")
    inner = record.need("steps", steps, "what happens on this path; [] is nothing")
    record.done()
    return SplitPath(name=label, share=share, steps=inner)


def _assignment(path: str, node: Node, scope: Scope) -> Assignment:
    attributes, label = scope.catalogs.attributes, path.removeprefix(ROOT)
    if path == label or label not in {*attributes.items, *attributes.broken}:
        raise node.wrong_key(_not_ours(path, scope))
    kind = attributes.named(label, node, at_key=True)
    return Assignment(attribute=label, type=kind, value=assigned(node, kind, scope.vocabulary))


def _not_ours(path: str, scope: Scope) -> str:
    if scope.vocabulary.type_of(path) is not None:
        return f"'{path}' cannot be set: only the attributes of configs/attributes.yaml can"
    ours = [f"{ROOT}{one}" for one in scope.catalogs.attributes.items]
    return unknown("attribute", path, [one for one in ours if one == f"{ROOT}{path}"] or ours)
