"""The journey as Mermaid text; Prefect's pages draw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kaskad.domain.journeys.journey import Journey
from kaskad.services.describing.diagram import DiagramNode, build_diagram

ESCAPES = {ord(sign): f"#{ord(sign)};" for sign in '#"`<>&;\\{}[]|'}  # as Mermaid writes them in a label
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


def render_mermaid(journey: Journey, standing: Mapping[str, int] | None = None) -> str:
    """Returns the journey as a Mermaid flowchart: a box for each step, an arrow for each way on from it.

    `standing` (step id → customers) says how many are at each step now.
    """
    diagram = build_diagram(journey)
    names = {node.id: f"s{number}" for number, node in enumerate(diagram.walk_nodes())}
    lines = [f'enter(["{quote_label(diagram.enter)}"])', f"enter --> {_entry_id(diagram.places, names, END)}"]
    for node in diagram.walk_nodes():
        before, after = SHAPES.get(node.kind, BOX)
        here = f"\n{standing[node.id]:,} here" if standing and standing.get(node.id) else ""
        lines.append(f"{names[node.id]}{before}{quote_label(node.text + here)}{after}")
    lines += [*_arrows(diagram.places, names, END), f'{END}(("done"))']
    if diagram.exits:
        lines += [f'left(["leaves at once: has {quote_label(diagram.exits)}"])', "enter -.-> left"]
    return "\n".join(["flowchart TD", *(f"    {line}" for line in lines)])


def quote_label(text: str) -> str:
    """Returns the text as a quoted label may contain it; line ends become line breaks."""
    return text.translate(ESCAPES).replace("\n", "<br/>")


def _entry_id(places: Sequence[DiagramNode], names: Mapping[str, str], after: str) -> str:
    return names[places[0].id] if places else after


def _arrows(places: Sequence[DiagramNode], names: Mapping[str, str], after: str) -> Iterator[str]:
    """Yields the arrows out of these nodes, the last of which leads to `after`."""
    for number, node in enumerate(places):
        following = _entry_id(places[number + 1 :], names, after)
        if not node.ways and not node.ends:
            yield f"{names[node.id]} --> {following}"
        for branch in node.ways:
            yield f'{names[node.id]} -->|"{quote_label(branch.label)}"| {_entry_id(branch.places, names, following)}'
            yield from _arrows(branch.places, names, following)
