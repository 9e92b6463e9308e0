"""Telling the owners of journeys what they have to know."""

from __future__ import annotations

from prefect import task

from kaskad.runtime import current
from kaskad.services.operations import alerts


@task(name="tell-owners", retries=2, retry_delay_seconds=5)
async def tell_owners() -> int:
    """How many letters went."""
    return await alerts.send_alerts(current())
