"""Sending what is queued, one task per channel and batch."""

from __future__ import annotations

from prefect import task
from prefect.runtime import task_run
from prefect.tasks import exponential_backoff

from kaskad.domain.channel import Channel
from kaskad.runtime import current
from kaskad.services import deliver
from kaskad.services.deliver import Delivered
from kaskad.services.wording import channel as called


def _name() -> str:
    """`e-mail 1,000`."""
    asked = task_run.parameters
    return f"{called(asked['channel'])} {min(asked['count'], asked['limit']):,}"


@task(
    name="send",
    task_run_name=_name,
    retries=3,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
)
async def send(journey: str, channel: str, count: int, limit: int = deliver.MESSAGES) -> Delivered:
    """Sends up to `limit` messages of the channel; `count` is what waited when the task was made."""
    return await deliver.deliver_batch(current(), journey, Channel(channel), limit=limit)
