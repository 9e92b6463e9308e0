"""The demo's progress: a line for each step, with the time since the start, on every kind of output."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

HOUR = timedelta(hours=1)
HOURS_OF_A_LINE = 6  # of the shop
SILENT = 10.0  # seconds: the longest time between two lines, unless one step takes longer


@dataclass
class Steps:
    """Prints each step on its own line. `clock` counts seconds."""

    console: Console
    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def seconds(self) -> float:
        """How long the demo has run."""
        return self.clock() - self.began

    def say(self, text: str) -> None:
        """Prints the step, with the time since the demo began."""
        minutes, seconds = divmod(int(self.seconds), 60)
        self.console.print(f"{minutes:>2}:{seconds:02}  {text}", highlight=False, markup=False, soft_wrap=True)

    def tell(self, name: str, text: str) -> None:
        """Prints what happened to one process."""
        self.say(f"{name}: {text}")


@dataclass
class Days:
    """The progress of the days: a bar on a terminal; elsewhere a line for each quarter of a day."""

    steps: Steps
    start: datetime
    days: int
    bar: tuple[Progress, TaskID] | None = None
    said_hours: float = 0
    said_at: float = 0

    def step(self, now: datetime, posted: int, runs: int) -> None:
        """Shows that everything up to `now` is done, with the numbers of events posted and of flow runs."""
        hours = (now - self.start) / HOUR
        counts = f"{posted:,} events, {runs:,} Prefect run{'' if runs == 1 else 's'}"
        if self.bar:
            progress, task = self.bar
            day = min(int(hours // 24) + 1, self.days)
            progress.update(task, completed=hours, what=f"day {day} of {self.days}, {counts}")
        elif self._due(hours):
            self.said_hours, self.said_at = hours, self.steps.seconds
            self.steps.say(f"played {played(hours)} of {played(self.days * 24)}: {counts}")

    def _due(self, hours: float) -> bool:
        quarter = hours // HOURS_OF_A_LINE > self.said_hours // HOURS_OF_A_LINE
        return quarter or self.steps.seconds - self.said_at >= SILENT


def played(hours: float) -> str:
    """The time in words: 30 → "1 day 6 h"."""
    days, rest = divmod(int(hours), 24)
    whole = f"{days} day{'' if days == 1 else 's'}"
    return " ".join(part for part in (whole if days else "", f"{rest} h" if rest or not days else "") if part)


@contextmanager
def shown(steps: Steps, start: datetime, days: int) -> Iterator[Days]:
    """The object that shows the progress of the days. Its bar, if there is one, ends with the block."""
    if not steps.console.is_terminal:
        yield Days(steps, start, days, said_at=steps.seconds)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[what]}"), TimeElapsedColumn())
    with Progress(*columns, console=steps.console) as progress:
        yield Days(steps, start, days, (progress, progress.add_task("Playing", total=days * 24, what="")))
