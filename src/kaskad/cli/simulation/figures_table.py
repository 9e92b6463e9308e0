"""The figures of `kaskad simulate` as rows of a table, one column for each version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from kaskad.services.simulation.journey_figures import JourneyFigures


def build_rows(outcomes: Sequence[JourneyFigures]) -> Iterator[tuple[str, ...]]:
    """The rows of the results; figures with the same name are in one row."""
    yield ("entered", *(f"{figures.entered:,} by {figures.people:,} people" for figures in outcomes))
    yield from _counted("not admitted", [figures.refused for figures in outcomes])
    sent = [{f"{message} by {channel}": n for (message, channel), n in figures.sent.items()} for figures in outcomes]
    yield ("messages", *(f"{figures.messages:,}" for figures in outcomes))
    yield from _counted("", sent)
    yield ("refused by providers", *(f"{sum(figures.failed.values()):,}" for figures in outcomes))
    yield from _counted("held back", [figures.held for figures in outcomes])
    yield from _counted("left by", [figures.left for figures in outcomes])
    yield ("done", *(f"{figures.done:,}" for figures in outcomes))
    yield ("still inside", *(f"{figures.inside:,}" for figures in outcomes))
    yield ("cost", *(f"{figures.cost:,.2f} {figures.currency}" for figures in outcomes))
    yield ("busiest hour", *(_busiest(figures) for figures in outcomes))
    yield from _counted("over its rate", [figures.over for figures in outcomes])


def _counted(label: str, counts: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, ...]]:
    for name in sorted(
        dict.fromkeys(name for column in counts for name in column), key=lambda name: -counts[0].get(name, 0)
    ):
        yield (f"{label}: {name}" if label else f"  {name}", *(f"{column.get(name, 0):,}" for column in counts))


def _busiest(figures: JourneyFigures) -> str:
    hours: dict[datetime, int] = {}
    for (at, _), count in figures.hours.items():
        hours[at] = hours.get(at, 0) + count
    if not hours:
        return "none"
    at = max(hours, key=lambda hour: hours[hour])
    return f"{hours[at]:,} messages, {at:%Y-%m-%d %H:%M}"
