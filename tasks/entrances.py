"""Entrance scans for polled triggers."""

from __future__ import annotations

from prefect import task

from kaskad.runtime import get_runtime
from kaskad.services.decisions import entrance_scanner

CHUNKS = 20  # of one task: a task run costs the server more than a chunk does


@task(name="look", task_run_name="look who enters", retries=3, retry_delay_seconds=2, retry_jitter_factor=0.5)
async def scan_next(journey: str | None = None) -> int | None:
    """How many people the next chunks let in; None when no look is due."""
    came: int | None = None
    for _ in range(CHUNKS):
        people = await entrance_scanner.scan_next(get_runtime(), journey)
        if people is None:
            return came
        came = (came or 0) + people
    return came
