"""Reads what a journey narrows of the policy's `never_about`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.record import Record
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.never_about import NarrowedNeverAbout, NeverAbout, Relation
from kaskad.domain.journeys.policy import Policy

NOTHING: Literal["nothing"] = "nothing"
POLICY = "configs/policy.yaml"


def read_narrowed_never_about(node: Node, policy: Policy | None) -> NarrowedNeverAbout:
    """What a journey asks for a shorter time. `policy` is None if it cannot be read: then nothing is compared."""
    rule = policy.never_about if policy else None
    if policy and rule is None:
        raise node.key_error(f"{POLICY} has no 'never_about' that this could narrow")
    if not isinstance(node.value, dict):
        if node.value == NOTHING:
            return NarrowedNeverAbout(same=NOTHING, similar=NOTHING, again=NOTHING)
        raise node.error(f"{node.said} is not what a journey may narrow: write {{similar: 7d}}, or {NOTHING}")
    record = Record(node)
    if record.has("bought_again"):
        record.error(record.at("bought_again"), f"what people buy again is said once, in {POLICY}", key=True)
    parts = {relation.value: record.get(relation.value, _narrower(relation, rule), None) for relation in Relation}
    record.done()
    if not any(parts.values()):
        raise node.error(f"nothing is narrowed here: write {{similar: 7d}}, or {NOTHING}")
    return NarrowedNeverAbout.model_validate(parts)


def _narrower(relation: Relation, rule: NeverAbout | None) -> Callable[[Node], Duration | Literal["nothing"]]:
    def read(node: Node) -> Duration | Literal["nothing"]:
        if node.value == NOTHING:
            return NOTHING
        own = read_duration(node)
        if rule is None:
            return own
        whole = rule.within(relation)
        if whole is None:
            raise node.error(f"{POLICY} asks nothing of '{relation}': a journey can only ask less")
        if own.as_timedelta > whole:
            raise node.error(f"{node.said} is longer than in {POLICY}: a journey can only ask less")
        return own

    return read
