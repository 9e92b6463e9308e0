"""`moved:` of a journey: where those go who stand at a step that is gone."""

from __future__ import annotations

from collections.abc import Collection

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import closest_name, unknown_name
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.journeys.diff import END_STEP


def read_moved_steps(node: Node, steps: Collection[str]) -> dict[str, str]:
    """Old step → new step or `end`, each by its id; `steps` are those of the journey as it stands in the file.

    Whether the old one was ever there, only what is published can tell: `kaskad publish --plan` does.
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
