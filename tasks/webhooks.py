"""Calls webhooks of other systems."""

from __future__ import annotations

from collections import Counter

from prefect import task
from prefect.tasks import exponential_backoff

from kaskad.runtime import get_runtime
from kaskad.services.delivery import webhooks


@task(
    name="call-webhooks",
    retries=3,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
)
async def call_webhooks() -> Counter[str]:
    """What came of all calls that were due."""
    return await webhooks.make_calls(get_runtime())
