"""The journey as a picture: Mermaid text, which Prefect's pages draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kaskad.domain.journey import Journey
from kaskad.domain.program import Node, Program, compile_program
from kaskad.domain.step import CallStep, ChooseStep, SendStep, WaitForStep
from kaskad.services.describing import conditions
from kaskad.services.describing.describe import arms, entrance, step_words
from kaskad.services.wording import listed

ESCAPED = {ord(sign): f"#{ord(sign)};" for sign in '#"`<>&;\\{}[]|'}  # as Mermaid writes them in a label
SHAPES = {SendStep: ('(["', '"])'), CallStep: ('[/"', '"/]'), ChooseStep: ('{"', '"}'), WaitForStep: ('{{"', '"}}')}
BOX = ('["', '"]')
END = "done"


def picture(journey: Journey, standing: Mapping[str, int] | None = None) -> str:
    """Mermaid's flowchart of the journey: a box a step, an arrow wherever somebody may go on from it.

    `standing` (step id → people) says how many are at each step now.
    """
    program = compile_program(journey)
    names = {id_: f"s{number}" for number, id_ in enumerate(program.nodes)} | {None: END}
    lines = [f'enter(["{label(entrance(journey))}"])', f"enter --> {names[program.first]}"]
    lines += _boxes(program, names, standing or {})
    lines += [arrow for node in program.nodes.values() for arrow in _arrows(node, names)]
    lines.append(f'{END}(("done"))')
    if journey.leave:
        why = listed([conditions.event(match) for match in journey.leave], "or")
        lines += [f'left(["leaves at once: has {label(why)}"])', "enter -.-> left"]
    return "\n".join(["flowchart TD", *(f"    {line}" for line in lines)])


def label(text: str) -> str:
    """The text as a quoted label may hold it; line ends become line breaks."""
    return text.translate(ESCAPED).replace("\n", "<br/>")


def _boxes(program: Program, names: dict[str | None, str], standing: Mapping[str, int]) -> Iterator[str]:
    for node in program.nodes.values():
        before, after = SHAPES.get(type(node.step), BOX)
        here = f"\n{standing[node.id]:,} here" if standing.get(node.id) else ""
        yield f"{names[node.id]}{before}{label(step_words(node.step) + here)}{after}"


def _arrows(node: Node, names: dict[str | None, str]) -> Iterator[str]:
    if not node.branches:
        yield f"{names[node.id]} --> {names[node.next]}"
        return
    for (why, _), target in zip(arms(node.step), node.branches, strict=True):
        yield f'{names[node.id]} -->|"{label(why)}"| {names[target]}'
