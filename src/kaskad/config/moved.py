"""`moved:` of a journey: where those go who stand at a step that is gone."""

from __future__ import annotations

from collections.abc import Collection

from kaskad.config.node import Node
from kaskad.config.scalars import text
from kaskad.config.wording import nearest, unknown
from kaskad.domain.edit import END


def moved(node: Node, steps: Collection[str]) -> dict[str, str]:
    """Old step → new step or `end`, each by its id; `steps` are those of the journey as it stands in the file.

    Whether the old one was ever there, only what is published can tell: `kaskad publish --plan` does.
    """

    def target(old: str, new: Node) -> str:
        if old in steps:
            raise new.wrong_key(f"'{old}' is still a step of this journey: those who stand there stay")
        said = text(new)
        if said != END and said not in steps:
            near = nearest(said, steps)
            raise new.wrong(unknown("step", said, [near] if near else [*sorted(steps), END]))
        return said

    return node.fields(target)
