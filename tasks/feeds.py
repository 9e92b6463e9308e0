"""Reads catalogue feeds."""

from __future__ import annotations

from prefect import task
from prefect.tasks import exponential_backoff

from kaskad.runtime import get_runtime
from kaskad.services.feeds import feed_runs


async def list_due() -> list[str]:
    """The feeds that are due."""
    return await feed_runs.list_due(get_runtime())


@task(
    name="read-feed",
    task_run_name="read {feed}",
    retries=3,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
)
async def read_feed(feed: str) -> str:
    """What came of reading the feed, in a sentence; "" if it was not due any more."""
    found = await feed_runs.read_feed(get_runtime(), feed)
    return found.describe() if found else ""
