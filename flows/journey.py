"""The journey: decides about customers and sends in every channel, until nobody is due any more."""

from __future__ import annotations

import asyncio
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed

from flows.concurrent_batches import ConcurrentBatches
from kaskad.domain.outcome import Mode
from kaskad.runtime import Runtime, borrow_runtime
from kaskad.services import work_queue
from kaskad.services.decisions import entrance_scanner
from kaskad.services.explaining.explain import explain
from kaskad.services.run_summary import RunSummary
from tasks.advance import enroll
from tasks.artifacts import rename_run, update_artifacts
from tasks.entrances import scan_next


@flow(name="journey")
async def journey(journey: str, customer: str | None = None, mode: Mode = Mode.LIVE) -> State[Any]:
    """Takes everybody who is due through the journey; or one customer, by name, now."""
    async with borrow_runtime() as runtime:
        story = RunSummary(journey, await work_queue.local_now(runtime))
        try:
            with runtime.mark_running(journey):
                if customer is not None:
                    await enroll(journey, customer, mode)
                while await entrance_scanner.is_scan_due(runtime, journey):
                    await scan_next(journey)
                await _run_until_idle(runtime, story)
        except asyncio.CancelledError as why:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            await rename_run(story)
            return Cancelled(message=_describe_cancelled(story, str(why) or "stopped by hand"))
        if customer is not None or not story.quiet:  # an idle run keeps the name that Prefect gave it
            await rename_run(story)
        await update_artifacts(runtime, story)
        said = await _describe_position(runtime, journey, customer) if customer is not None else story.sentence()
    return Completed(message=said)


async def _describe_position(runtime: Runtime, journey: str, customer: str) -> str:
    """The customer's current position, whichever run brought them there."""
    return (await explain(runtime, customer, journey)).passages[-1].summary


def _describe_cancelled(story: RunSummary, why: str) -> str:
    done = "" if story.quiet else f" {story.sentence()}"
    return f"Cut short: {why}.{done} What was on its way is settled, or shows as unknown."


async def _run_until_idle(runtime: Runtime, story: RunSummary) -> None:
    """Runs until nobody is due and nothing is queued; then waits a moment for new work."""
    loop = asyncio.get_running_loop()
    rests_at = loop.time() + runtime.settings.linger
    async with ConcurrentBatches(story) as lanes:
        while not lanes.stuck:
            due, queued = await work_queue.load_journey_work(runtime, story.journey)
            lanes.start(due, queued)
            if await lanes.next_done():
                rests_at = loop.time() + runtime.settings.linger
            elif (left := rests_at - loop.time()) > 0:
                await work_queue.wait_for_work(runtime, story.journey, left)
            else:
                return
