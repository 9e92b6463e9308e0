"""Sends queued messages, one task per channel and batch."""

from __future__ import annotations

from prefect import task
from prefect.runtime import task_run
from prefect.tasks import exponential_backoff

from kaskad.domain.channel import Channel
from kaskad.runtime import get_runtime
from kaskad.services.delivery import deliver
from kaskad.services.delivery.deliver import DeliveryBatchResult
from kaskad.services.wording import channel_label as called


def _name() -> str:
    """The task run's name: `e-mail 430`; `e-mail 1,000+` if more than one batch waits."""
    channel, count = task_run.parameters["channel"], task_run.parameters["count"]
    return (
        f"{called(channel)} {count:,}" if count < deliver.BATCH_SIZE else f"{called(channel)} {deliver.BATCH_SIZE:,}+"
    )


@task(
    name="send",
    task_run_name=_name,
    retries=3,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
)
async def send(journey: str, channel: str, count: int, *, limit: int = 4_000) -> DeliveryBatchResult:
    """Sends `limit` messages of the channel, or a few more; `count` is what waited when the task was made."""
    return await deliver.deliver_queued(get_runtime(), journey, Channel(channel), limit=limit)
