"""A journey in words, for those who did not write it. Markdown: Prefect shows it as the deployment's description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kaskad.domain.journeys.journey import Journey
from kaskad.services.describing.chart import Place, chart_of


def describe(journey: Journey) -> str:
    """What the journey does, read aloud: who enters and when, the steps, who leaves, and what holds all the while."""
    chart = chart_of(journey)
    paragraphs = [f"{chart.enter_in_full}:", "\n".join(_steps(chart.places, "")), " ".join(chart.rules)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _steps(places: Sequence[Place], indent: str) -> Iterator[str]:
    for number, place in enumerate(places, start=1):
        yield f"{indent}{number}. {place.text}"
        for way in place.ways:
            yield f"{indent}   - {way.label}:{'' if way.places else ' go on'}"
            yield from _steps(way.places, f"{indent}     ")
