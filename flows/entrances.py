"""Entrance scans for polled triggers: segments, dates and schedules."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrow_runtime
from tasks.entrances import scan_next


@flow(name="entrances")
async def entrances() -> State[Any]:
    """Looks at every entrance that is due, to the end."""
    people = 0
    async with borrow_runtime():
        while (came := await scan_next()) is not None:
            people += came
    return Completed(message=f"{people:,} people may enter.")
