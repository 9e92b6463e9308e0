"""Shows how far an import has come: the share, the rows so far and in a second, the rest of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kaskad.services.importing.counts import Counts


@contextmanager
def show_import(text: str) -> Iterator[Callable[[float, Counts], None]]:
    """Shows it on stderr, if that is a terminal: call it with the share that is done, and the counts."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    parts = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    began, first = monotonic(), list[int]()
    with Progress(*parts, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(text, total=1.0)

        def progress(share: float, counts: Counts) -> None:
            first[:] = first or [counts.rows]  # a resumed import begins with rows
            rate = (counts.rows - first[0]) / max(monotonic() - began, 0.001)
            bar.update(task, completed=share, description=f"{text}: {counts.rows:,} rows, {rate:,.0f}/s")

        yield progress
