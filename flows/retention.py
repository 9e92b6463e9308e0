"""Retention, once a day: creates the next months, and deletes what is older than the policy allows."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrow_runtime
from tasks.artifacts import update_sources
from tasks.retention import create_months, delete_expired, rebuild_pairs


@flow(name="retention")
async def retention() -> State[Any]:
    """Makes the months ahead, lets the old ones go, learns what is bought together, and says what stays and why."""
    async with borrow_runtime() as runtime:
        made = await create_months()
        gone = await delete_expired()
        await rebuild_pairs()
        await update_sources(runtime)
    months = sum(map(len, gone.months.values()))
    needed = sum(map(len, gone.needed.values()))
    stays = f" {needed:,} more stay for people who are still inside." if needed else ""
    return Completed(
        message=f"{made:,} months made, {months:,} let go; forgotten: {gone.enrollments:,} enrollments that had ended, "
        f"{gone.repeats:,} ids of events, {gone.rejected:,} events that were rejected.{stays}"
    )
