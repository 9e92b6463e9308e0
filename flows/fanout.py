"""Expands fan-outs: one product, many customers, in chunks; those who asked come before those who only looked."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrow_runtime
from tasks.fanout import expand_next


@flow(name="fanout")
async def fanout() -> State[Any]:
    """Expands every fan-out that is due."""
    people = 0
    async with borrow_runtime():
        while (added := await expand_next()) is not None:
            people += added
    return Completed(message=f"{people:,} people may enter.")
