"""Resolves unknown outcomes."""

from __future__ import annotations

from prefect import task

from kaskad.runtime import get_runtime
from kaskad.services.delivery import unknowns
from kaskad.services.delivery.unknowns import ResolveResult


@task(name="resolve-unknowns", retries=2, retry_delay_seconds=5)
async def resolve_unknowns() -> ResolveResult:
    """Expires the leases of the dead, then asks the providers."""
    return await unknowns.resolve_due(get_runtime())
