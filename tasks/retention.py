"""Creates the next months, deletes old data, and counts which products are bought together."""

from __future__ import annotations

from prefect import task

from kaskad.runtime import get_runtime
from kaskad.services.operations import product_recommendations, retention
from kaskad.services.operations.retention import RetentionResult


@task(name="make-months", retries=3, retry_delay_seconds=10, retry_jitter_factor=0.5)
async def create_months() -> int:
    """How many months were made."""
    return await retention.create_partitions(get_runtime())


@task(name="let-go", retries=3, retry_delay_seconds=10, retry_jitter_factor=0.5)
async def delete_expired() -> RetentionResult:
    """Forgets what is old, in portions; what is left over goes with the next try."""
    return await retention.delete_expired(get_runtime())


@task(name="learn-pairs", retries=3, retry_delay_seconds=10, retry_jitter_factor=0.5)
async def rebuild_pairs() -> int:
    """Counts anew which products are bought together; how many pairs."""
    return await product_recommendations.count_bought_together(get_runtime())
