"""The journey as a picture: Mermaid text, which Prefect's pages draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kaskad.domain.journeys.journey import Journey
from kaskad.services.describing.chart import Place, chart_of

ESCAPED = {ord(sign): f"#{ord(sign)};" for sign in '#"`<>&;\\{}[]|'}  # as Mermaid writes them in a label
SHAPES = {
    "send": ('(["', '"])'),
    "call": ('[/"', '"/]'),
    "choose": ('{"', '"}'),
    "split": ('{"', '"}'),
    "wait_for": ('{{"', '"}}'),
    "leave": ('(("', '"))'),
}
BOX = ('["', '"]')
END = "done"


def picture(journey: Journey, standing: Mapping[str, int] | None = None) -> str:
    """Mermaid's flowchart of the journey: a box a step, an arrow wherever somebody may go on from it.

    `standing` (step id → people) says how many are at each step now.
    """
    chart = chart_of(journey)
    names = {place.id: f"s{number}" for number, place in enumerate(chart.every_place())}
    lines = [f'enter(["{label(chart.enter)}"])', f"enter --> {_first(chart.places, names, END)}"]
    for place in chart.every_place():
        before, after = SHAPES.get(place.kind, BOX)
        here = f"\n{standing[place.id]:,} here" if standing and standing.get(place.id) else ""
        lines.append(f"{names[place.id]}{before}{label(place.text + here)}{after}")
    lines += [*_arrows(chart.places, names, END), f'{END}(("done"))']
    if chart.exits:
        lines += [f'left(["leaves at once: has {label(chart.exits)}"])', "enter -.-> left"]
    return "\n".join(["flowchart TD", *(f"    {line}" for line in lines)])


def label(text: str) -> str:
    """The text as a quoted label may hold it; line ends become line breaks."""
    return text.translate(ESCAPED).replace("\n", "<br/>")


def _first(places: Sequence[Place], names: Mapping[str, str], after: str) -> str:
    return names[places[0].id] if places else after


def _arrows(places: Sequence[Place], names: Mapping[str, str], after: str) -> Iterator[str]:
    """The arrows out of these places, the last of which leads to `after`."""
    for number, place in enumerate(places):
        following = _first(places[number + 1 :], names, after)
        if not place.ways and not place.ends:
            yield f"{names[place.id]} --> {following}"
        for way in place.ways:
            yield f'{names[place.id]} -->|"{label(way.label)}"| {_first(way.places, names, following)}'
            yield from _arrows(way.places, names, following)
