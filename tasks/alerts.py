"""Sends alerts to the owners of journeys."""

from __future__ import annotations

from prefect import task

from kaskad.runtime import get_runtime
from kaskad.services.operations import alerts


@task(name="tell-owners", retries=2, retry_delay_seconds=5)
async def send_alerts() -> int:
    """How many letters went."""
    return await alerts.send_alerts(get_runtime())
