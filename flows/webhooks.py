"""Webhooks: the other systems that are due to be told of something are told."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrowed
from tasks.webhooks import call


@flow(name="webhooks")
async def webhooks() -> State[Any]:
    """Makes every call that is due, and says what came of them."""
    async with borrowed() as runtime:
        with runtime.at_work("webhooks"):
            done = await call()
    told = ", ".join(f"{count:,} {what}" for what, count in sorted(done.items())) or "nobody was to be told"
    return Completed(message=f"{told}.")
