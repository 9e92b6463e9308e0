"""Checking people in every channel, and letting one in by name."""

from __future__ import annotations

from prefect import task
from prefect.tasks import exponential_backoff

from kaskad.runtime import current
from kaskad.services.deciding import advance, trigger
from kaskad.services.deciding.advance import Advanced
from kaskad.services.deciding.trigger import Mode, Triggered


@task(
    name="check-people",
    task_run_name="check up to {limit:,} people in every channel",
    retries=3,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
)
async def check_people(journey: str, limit: int = 4_000) -> Advanced:
    """Decides about `limit` people or a few more who have something due, pass after pass."""
    return await advance.check_people(current(), journey, limit=limit)


@task(name="enroll", task_run_name="enroll one customer", retries=2, retry_delay_seconds=1)
async def enroll(journey: str, customer: str, mode: Mode) -> Triggered:
    """Enrolls one customer now; asked twice it stays one enrollment."""
    return await trigger.enroll(current(), journey, customer, mode)
