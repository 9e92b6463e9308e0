"""The demo says each step as it comes, with the time, also where its output is a pipe or a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from kaskad.cli.demo.progress import Days, Steps, shown

START = datetime(2027, 2, 28, 21, 0, tzinfo=UTC)


class Clock:
    """Seconds, as a test sets them."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def _steps(clock: Clock) -> tuple[Steps, StringIO]:
    out = StringIO()
    return Steps(Console(file=out, width=80, force_terminal=False), clock), out


def _played(hours: Sequence[tuple[float, float]], days: int = 2) -> list[str]:
    """What is said where each (hour of the shop, seconds since the start) has been played."""
    clock = Clock()
    steps, out = _steps(clock)
    with shown(steps, START, days) as progress:
        for hour, seconds in hours:
            clock.seconds = 100 + seconds
            progress.step(START + timedelta(hours=hour), 1234, 5)
    return out.getvalue().splitlines()


def test_each_step_has_the_time_since_the_beginning() -> None:
    clock = Clock()
    steps, out = _steps(clock)
    steps.say("starting …")
    clock.seconds += 61.9
    steps.tell("postgres", "on 127.0.0.1:[5432]")
    clock.seconds += 3600
    steps.say("done")
    assert out.getvalue().splitlines() == [
        " 0:00  starting …",
        " 1:01  postgres: on 127.0.0.1:[5432]",
        "61:01  done",
    ]


def test_a_step_is_seen_in_a_pipe_at_once() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as pipe, os.fdopen(writing, "w", encoding="utf-8") as file:
        Steps(Console(file=file, width=80)).say("publishing the journeys …")
        os.set_blocking(reading, False)  # what was not written yet is missed, instead of waited for
        assert pipe.readline().endswith("publishing the journeys …\n")


def test_without_a_terminal_each_quarter_of_a_day_is_a_line() -> None:
    assert _played([(hour, hour / 10) for hour in range(1, 49)]) == [
        " 0:00  played 6 h of 2 days: 1,234 events, 5 Prefect runs",
        " 0:01  played 12 h of 2 days: 1,234 events, 5 Prefect runs",
        " 0:01  played 18 h of 2 days: 1,234 events, 5 Prefect runs",
        " 0:02  played 1 day of 2 days: 1,234 events, 5 Prefect runs",
        " 0:03  played 1 day 6 h of 2 days: 1,234 events, 5 Prefect runs",
        " 0:03  played 1 day 12 h of 2 days: 1,234 events, 5 Prefect runs",
        " 0:04  played 1 day 18 h of 2 days: 1,234 events, 5 Prefect runs",
        " 0:04  played 2 days of 2 days: 1,234 events, 5 Prefect runs",
    ]


def test_one_day_is_not_called_days() -> None:
    assert _played([(24, 1)], days=1) == [" 0:01  played 1 day of 1 day: 1,234 events, 5 Prefect runs"]


def test_a_quarter_that_is_jumped_over_is_one_line() -> None:
    assert [line.split(" of ")[0] for line in _played([(5, 1), (20, 2), (21, 3)])] == [" 0:02  played 20 h"]


def test_on_a_slow_machine_a_line_comes_after_ten_seconds() -> None:
    said = _played([(1, 9), (2, 10), (3, 19.5), (4, 21)])
    assert [line.split(" of ")[0] for line in said] == [" 0:10  played 2 h", " 0:21  played 4 h"]


def test_on_a_terminal_a_bar_shows_it() -> None:
    out = StringIO()
    steps = Steps(Console(file=out, width=120, force_terminal=True), Clock())
    with shown(steps, START, 2) as progress:
        assert isinstance(progress, Days)
        progress.step(START + timedelta(hours=48), 1234, 5)
    assert "day 2 of 2, 1,234 events, 5 Prefect runs" in out.getvalue()
    assert "played" not in out.getvalue()
