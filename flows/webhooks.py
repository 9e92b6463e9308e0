"""Webhooks: makes the calls to other systems that are due."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrow_runtime
from tasks.webhooks import call_webhooks


@flow(name="webhooks")
async def webhooks() -> State[Any]:
    """Makes every call that is due, and says what came of them."""
    async with borrow_runtime() as runtime:
        with runtime.mark_running("webhooks"):
            done = await call_webhooks()
    text = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(done.items())) or "nobody was to be told"
    return Completed(message=f"{text}.")
