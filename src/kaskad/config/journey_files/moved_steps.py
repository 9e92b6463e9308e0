"""Reads `moved:` of a journey: where customers at a removed step continue."""

from __future__ import annotations

from collections.abc import Collection

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import closest_name, unknown_name
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.journeys.diff import END_STEP


def read_moved_steps(node: Node, steps: Collection[str]) -> dict[str, str]:
    """Old step → new step or `end`, each by its id; `steps` are those in the file now.

    Only the published version shows if the old step existed: `kaskad publish --plan` checks it.
    """

    def target(old: str, new: Node) -> str:
        if old in steps:
            raise new.key_error(f"'{old}' is still a step of this journey: those who stand there stay")
        said = read_text(new)
        if said != END_STEP and said not in steps:
            near = closest_name(said, steps)
            raise new.error(unknown_name("step", said, [near] if near else [*sorted(steps), END_STEP]))
        return said

    return node.fields(target)
