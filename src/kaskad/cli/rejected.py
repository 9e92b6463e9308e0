"""`kaskad rejected`: events that could not be taken, and what their sources have to mend."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import run
from kaskad.domain.rejection import MEANINGS, Code
from kaskad.runtime import Runtime
from kaskad.services.hearing import rejected
from kaskad.services.hearing.rejected import Listed

COLUMNS = ("arrived (UTC)", "source", "code", "stored", "messageId", "why", "event")
SHOWN = 120  # characters of an event


def show(project: Path | None, source: str | None, code: Code | None, limit: int, as_json: bool) -> None:
    """Prints the newest, below how many there are of each kind."""

    async def work(runtime: Runtime) -> Listed:
        return await rejected.listed(runtime, source, code, limit)

    found = run(project, work)
    if as_json:
        counts = [{"source": told, "code": why, "count": count} for (told, why), count in found.counts.items()]
        output.as_json({"counts": counts, "rejected": [asdict(one) for one in found.newest]})
    elif not found.newest:
        output.lines(["no event was rejected"])
    else:
        _tables(found)


def _tables(found: Listed) -> None:
    counts = [(told, why, count, MEANINGS[Code(why)]) for (told, why), count in found.counts.items()]
    output.table(("source", "code", "events", "meaning"), counts)
    rows = [
        (
            f"{one.arrived_at:%Y-%m-%d %H:%M}",
            one.source,
            one.code,
            "yes" if one.stored else "no",
            one.message_id or "–",
            one.detail,
            one.body if len(one.body) <= SHOWN else f"{one.body[:SHOWN]}…",
        )
        for one in found.newest
    ]
    output.table(COLUMNS, rows)
