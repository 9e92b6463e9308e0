"""Decides about customers in every channel, and enrolls one customer by name."""

from __future__ import annotations

from prefect import task
from prefect.tasks import exponential_backoff

from kaskad.domain.outcome import Mode
from kaskad.runtime import get_runtime
from kaskad.services.decisions import manual_enrollment, runner
from kaskad.services.decisions.manual_enrollment import EnrollResult
from kaskad.services.decisions.runner import DecisionBatchResult


@task(
    name="check-people",
    task_run_name="check up to {limit:,} people in every channel",
    retries=3,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
)
async def decide_due(journey: str, limit: int = 4_000) -> DecisionBatchResult:
    """Decides about `limit` people or a few more who have something due, pass after pass."""
    return await runner.decide_due(get_runtime(), journey, limit=limit)


@task(name="enroll", task_run_name="enroll one customer", retries=2, retry_delay_seconds=1)
async def enroll(journey: str, customer: str, mode: Mode) -> EnrollResult:
    """Enrolls one customer now; asked twice it stays one enrollment."""
    return await manual_enrollment.enroll(get_runtime(), journey, customer, mode=mode)
