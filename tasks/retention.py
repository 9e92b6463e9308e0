"""Making room for the months to come, letting go what was kept long enough, learning from what was bought of late."""

from __future__ import annotations

from prefect import task

from kaskad.runtime import current
from kaskad.services import recommending, retention
from kaskad.services.retention import LetGo


@task(name="make-months", retries=3, retry_delay_seconds=10, retry_jitter_factor=0.5)
async def make_months() -> int:
    """How many months were made."""
    return await retention.make_months(current())


@task(name="let-go", retries=3, retry_delay_seconds=10, retry_jitter_factor=0.5)
async def let_go() -> LetGo:
    """Forgets what is old, in portions; what is left over goes with the next try."""
    return await retention.let_go(current())


@task(name="learn-pairs", retries=3, retry_delay_seconds=10, retry_jitter_factor=0.5)
async def learn_pairs() -> int:
    """Counts anew which products are bought together; how many pairs."""
    return await recommending.learn(current())
