"""Catalogue feeds: reads each that is due, and tells what changed in it."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrow_runtime
from tasks.artifacts import name_run, update_sources
from tasks.feeds import list_due, read_feed


@flow(name="feeds")
async def feeds() -> State[Any]:
    """Reads every feed that is due, one after the other, and says what came of each."""
    async with borrow_runtime() as runtime:
        with runtime.mark_running("feeds"):
            told = [said for name in await list_due() if (said := await read_feed(name))]
            if told:
                await name_run(" ".join(told))
                await update_sources(runtime)
    return Completed(message=" ".join(told) or "No feed was due.")
