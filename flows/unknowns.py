"""Sends that nobody can tell of: asked for, one by one, until each is known or its channel's deadline is over."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrowed
from tasks.unknowns import resolve


@flow(name="unknowns")
async def unknowns() -> State[Any]:
    """Resolves what can be resolved, and says what stays unknown."""
    async with borrowed():
        asked = await resolve()
    told = ", ".join(f"{count:,} {what}" for what, count in sorted(asked.outcomes.items()) if count) or "none is open"
    return Completed(message=f"{asked.expired:,} leases had expired; unknowns: {told}.")
