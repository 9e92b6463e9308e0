"""Every time of the day that a journey names, with its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from kaskad.domain.entrance import DateEntrance
from kaskad.domain.journey import Journey
from kaskad.domain.moment import AtClock
from kaskad.domain.step import WaitStep
from kaskad.services.linting.steps import Trail, placed_steps


def clocks(journey: Journey) -> Iterator[tuple[Trail, time]]:
    """The hours of the send window, of the entrance and of the waits."""
    if isinstance(journey.enter, DateEntrance):
        yield ("enter", "at"), journey.enter.at
    if window := journey.send_window:
        yield ("send_window", "from"), window.from_
        yield ("send_window", "to"), window.to
    for placed in placed_steps(journey):
        if isinstance(placed.step, WaitStep) and isinstance(placed.step.until, AtClock):
            yield (*placed.at, "wait", "until"), placed.step.until.at
