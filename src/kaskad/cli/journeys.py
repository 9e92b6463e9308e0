"""`kaskad journeys`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from kaskad.cli import output
from kaskad.cli.session import run
from kaskad.services import overview
from kaskad.services.overview import JourneyState


def journeys(project: Path | None, as_json: bool) -> None:
    """Prints what is published, and who is inside."""
    found = run(project, overview.journeys)
    if as_json:
        output.as_json({"journeys": [_plain(one) for one in found]})
    elif not found:
        output.lines(["nothing is published yet: `kaskad publish` does it"])
    else:
        _show(found)


def _plain(one: JourneyState) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(one).items()}


def _show(found: Sequence[JourneyState]) -> None:
    columns = ("journey", "title", "version", "candidates", "inside", "next look (UTC)", "queued", "unknown", "state")
    rows = [
        (
            one.name,
            one.title,
            one.number,
            one.candidates,
            one.inside,
            f"{one.next_due_at:%Y-%m-%d %H:%M}" if one.next_due_at else "–",
            one.queued,
            one.unknown,
            "paused" if one.paused else "runs",
        )
        for one in found
    ]
    output.table(columns, rows)
