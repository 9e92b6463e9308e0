"""Expands the fan-out of one product to many customers, one chunk at a time."""

from __future__ import annotations

from prefect import task

from kaskad.runtime import get_runtime
from kaskad.services.decisions import fanout


@task(name="expand", task_run_name="tell the next thousand", retries=3, retry_delay_seconds=2, retry_jitter_factor=0.5)
async def expand_next() -> int | None:
    """How many people the next chunk let in; None when no fan-out is open."""
    return await fanout.expand_next(get_runtime())
