"""Journeys as marketers write them, read from files: the shop's own, with nothing but these journeys and segments."""

from __future__ import annotations

import shutil
from pathlib import Path

from kaskad.config import load_project
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.project import Project
from kaskad.services.decisions import entrance_scanner
from tests.support.paths import ROOT
from tests.support.rules import Edit
from tests.support.stack import Stack

HEAD = """\
title: {name}
owner: crm@shop.example
topic: service
cascade: [{{channel: email}}]
enter: {enter}
"""
STEPS = "steps: [{send: how_was_it}]\n"


def written(folder: Path, *, segments: str = "", more: str = STEPS, **enter: str) -> Edit:
    """The shipped project with these journeys (name → what stands under `enter`), none of its own; no quiet hours."""
    root = folder / "written"
    shutil.copytree(ROOT / "configs", root / "configs", ignore=shutil.ignore_patterns("journeys"))
    (root / "templates").symlink_to(ROOT / "templates")
    (root / "configs" / "segments.yaml").write_text(segments)
    (root / "configs" / "journeys").mkdir()
    for name, text in enter.items():
        file = root / "configs" / "journeys" / f"{name}.yaml"
        file.write_text(HEAD.format(name=name, enter=text) + more)
    said = load_project(root)

    def edit(project: Project) -> Project:
        update = {"journeys": said.journeys, "segments": said.segments, "policy": Policy()}
        return project.model_copy(update=update)

    return edit


async def scan_entrances(stack: Stack, chunk: int = 1_000) -> int:
    """Scans every entrance that is due; how many people may enter."""
    came = 0
    while (some := await entrance_scanner.scan_next(stack.runtime, chunk=chunk)) is not None:
        came += some
    return came


async def at_the_door(stack: Stack, journey: str) -> list[str]:
    """Who came to the journey's door, in order, one entry each."""
    rows = await stack.rows(
        """SELECT i.value FROM enrollment n JOIN identity i USING (customer_id)
            WHERE n.journey = %(journey)s AND i.kind = 'user_id' ORDER BY n.id""",
        journey=journey,
    )
    return [row["value"] for row in rows]
