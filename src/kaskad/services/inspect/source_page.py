"""What Prefect shows of the sources of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kaskad.services.operations import source_health
from kaskad.services.operations.source_health import SourceHealthDeps, SourceState

HEAD = "| source | state | last heard (UTC) | rejected today | in the 7 days before |\n|---|---|---|---|---|"


async def render_sources(deps: SourceHealthDeps) -> str:
    """A table in Markdown, one line a source."""
    return _render(await source_health.list_sources(deps))


def _render(sources: Sequence[SourceState]) -> str:
    return "\n".join([HEAD, *map(_line, sources)])


def _line(source: SourceState) -> str:
    heard = f"{source.last_heard:%Y-%m-%d %H:%M}" if source.last_heard else "–"
    state = f"**{source.condition}**" if source.condition == "silent" else source.condition
    cells = (_cell(source.title), state, heard, _counts(source.rejected), _counts(source.rejected_before))
    return f"| {' | '.join(cells)} |"


def _counts(counts: Mapping[str, int]) -> str:
    return _cell(", ".join(f"{count:,} {code}" for code, count in sorted(counts.items())) or "–")


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
