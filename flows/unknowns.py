"""Unknown outcomes: asks the providers until each outcome is known or its channel's deadline is over."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrow_runtime
from tasks.alerts import send_alerts
from tasks.artifacts import update_sources
from tasks.unknowns import resolve_unknowns


@flow(name="unknowns")
async def unknowns() -> State[Any]:
    """Resolves what can be resolved, says what stays unknown, and writes to owners who have to know of something."""
    async with borrow_runtime() as runtime:
        with runtime.mark_running("unknowns"):
            asked = await resolve_unknowns()
            owners = await send_alerts()
            await update_sources(runtime)
    text = (
        ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(asked.outcomes.items()) if count)
        or "none is open"
    )
    return Completed(message=f"{asked.expired:,} leases had expired; unknowns: {text}; {owners:,} owners were told.")
