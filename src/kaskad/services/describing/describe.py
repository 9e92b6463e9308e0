"""A journey in words, for readers who did not write it. Prefect shows the Markdown as the deployment's description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kaskad.domain.journeys.journey import Journey
from kaskad.services.describing.diagram import DiagramNode, build_diagram


def describe(journey: Journey) -> str:
    """Returns the journey in words: who enters and when, the steps, who leaves, and what applies all the time."""
    diagram = build_diagram(journey)
    paragraphs = [f"{diagram.enter_in_full}:", "\n".join(_steps(diagram.places, "")), " ".join(diagram.rules)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _steps(places: Sequence[DiagramNode], indent: str) -> Iterator[str]:
    for number, node in enumerate(places, start=1):
        yield f"{indent}{number}. {node.text}"
        for branch in node.ways:
            yield f"{indent}   - {branch.label}:{'' if branch.places else ' go on'}"
            yield from _steps(branch.places, f"{indent}     ")
