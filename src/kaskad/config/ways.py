"""The inner parts of two steps: the paths of an experiment, and what a customer's attributes are set to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kaskad.config.comparisons import assigned
from kaskad.config.node import Node, read_all
from kaskad.config.quantities import percent
from kaskad.config.record import Record
from kaskad.config.scalars import name, text, word
from kaskad.config.scope import Scope
from kaskad.config.wording import unknown
from kaskad.domain.step import Assignment, SplitPath, SplitStep, Step

ROOT = "customer."
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


def assignments(node: Node, scope: Scope) -> tuple[Assignment, ...]:
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
        raise node.wrong(f"the shares make {total * 100:f}".rstrip("0").rstrip(".") + "%: they have to make 100%")
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
