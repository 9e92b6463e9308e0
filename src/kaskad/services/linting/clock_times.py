"""All times of day in a journey, with their places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from kaskad.domain.journeys.entry_trigger import DateTrigger
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.step import WaitStep
from kaskad.domain.journeys.wait_until import UntilClockTime
from kaskad.services.projects.step_paths import KeyPath, walk_steps


def list_clock_times(journey: Journey) -> Iterator[tuple[KeyPath, time]]:
    """Yields the hours of the send window, of the entrance and of the waits."""
    if isinstance(journey.enter, DateTrigger):
        yield ("enter", "at"), journey.enter.at
    if window := journey.send_window:
        yield ("send_window", "from"), window.from_
        yield ("send_window", "to"), window.to
    for placed in walk_steps(journey):
        if isinstance(placed.step, WaitStep) and isinstance(placed.step.until, UntilClockTime):
            yield (*placed.at, "wait", "until"), placed.step.until.at
