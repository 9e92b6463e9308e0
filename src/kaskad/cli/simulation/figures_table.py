"""The figures of `kaskad simulate` as rows of a table, one column for each version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from kaskad.services.simulation.journey_figures import JourneyFigures


def build_rows(outcomes: Sequence[JourneyFigures]) -> Iterator[tuple[str, ...]]:
    """The rows of the results; figures with the same name are in one row."""
    yield ("entered", *(f"{one.entered:,} by {one.people:,} people" for one in outcomes))
    yield from _counted("not admitted", [one.refused for one in outcomes])
    sent = [{f"{message} by {channel}": n for (message, channel), n in one.sent.items()} for one in outcomes]
    yield ("messages", *(f"{one.messages:,}" for one in outcomes))
    yield from _counted("", sent)
    yield ("refused by providers", *(f"{sum(one.failed.values()):,}" for one in outcomes))
    yield from _counted("held back", [one.held for one in outcomes])
    yield from _counted("left by", [one.left for one in outcomes])
    yield ("done", *(f"{one.done:,}" for one in outcomes))
    yield ("still inside", *(f"{one.inside:,}" for one in outcomes))
    yield ("cost", *(f"{one.cost:,.2f} {one.currency}" for one in outcomes))
    yield ("busiest hour", *(_busiest(one) for one in outcomes))
    yield from _counted("over its rate", [one.over for one in outcomes])


def _counted(label: str, counts: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, ...]]:
    for name in sorted(dict.fromkeys(name for one in counts for name in one), key=lambda name: -counts[0].get(name, 0)):
        yield (f"{label}: {name}" if label else f"  {name}", *(f"{one.get(name, 0):,}" for one in counts))


def _busiest(one: JourneyFigures) -> str:
    hours: dict[datetime, int] = {}
    for (at, _), count in one.hours.items():
        hours[at] = hours.get(at, 0) + count
    if not hours:
        return "none"
    at = max(hours, key=lambda hour: hours[hour])
    return f"{hours[at]:,} messages, {at:%Y-%m-%d %H:%M}"
