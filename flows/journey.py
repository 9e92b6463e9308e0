"""The journey: check people in every channel, send what that decided, until nobody is due any more."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed

from kaskad.domain.channel import Channel
from kaskad.runtime import Runtime, borrowed
from kaskad.services import queue
from kaskad.services.advance import Advanced
from kaskad.services.deliver import Delivered
from kaskad.services.explain import explain
from kaskad.services.story import Story
from tasks.advance import check_people, enroll
from tasks.artifacts import show, tell_name
from tasks.deliver import send

BATCH = 1_000
BUSY_LOOKS = 5  # somebody else holds all who are due: they are at it, and dispatch looks again


@flow(name="journey")
async def journey(journey: str, customer: str | None = None, mode: Literal["live", "test"] = "live") -> State[Any]:
    """Takes everybody who is due through the journey; or one customer, by name, now."""
    async with borrowed() as runtime:
        story = Story(journey, await queue.local_now(runtime))
        try:
            with runtime.at_work(journey):
                if customer is not None:
                    await enroll(journey, customer, mode)
                await _work(runtime, story)
        except asyncio.CancelledError as why:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            await tell_name(story)
            return Cancelled(message=_cut_short(story, str(why) or "stopped by hand"))
        if customer is not None or not story.quiet:  # an idle run keeps the name that Prefect gave it
            await tell_name(story)
        await show(runtime, story)
        said = await _where(runtime, journey, customer) if customer is not None else story.sentence()
    return Completed(message=said)


async def _where(runtime: Runtime, journey: str, customer: str) -> str:
    """Where the customer stands now, whichever run brought them there."""
    return (await explain(runtime, customer, journey)).passages[-1].summary


def _cut_short(story: Story, why: str) -> str:
    done = "" if story.quiet else f" {story.sentence()}"
    return f"Cut short: {why}.{done} What was on its way is settled, or shows as unknown."


async def _work(runtime: Runtime, story: Story) -> None:
    """Decides about the next thousand while the last thousand's messages are sent; then lingers for what comes."""
    busy = 0
    loop = asyncio.get_running_loop()
    rests_at = loop.time() + runtime.settings.linger
    while True:
        due, queued = await queue.work(runtime, story.journey)
        if not due and not queued:
            if (left := rests_at - loop.time()) <= 0:
                return
            await queue.wait_for_work(runtime, story.journey, left)
            continue
        advanced = await _step(story, due, queued)
        if not advanced.people and not queued:
            busy += 1
            if busy > BUSY_LOOKS:
                return
            await asyncio.sleep(random.uniform(0.05, 0.2) * busy)  # noqa: S311 - jitter
        else:
            busy, rests_at = 0, loop.time() + runtime.settings.linger


async def _step(story: Story, due: bool, queued: Mapping[Channel, int]) -> Advanced:
    """One pass and one batch per channel, at the same time. Everything is added up before anything is raised."""
    sending = [send(story.journey, channel.value, count, BATCH) for channel, count in queued.items()]
    checking = [check_people(story.journey, BATCH)] if due else []
    results = await asyncio.gather(*sending, *checking, return_exceptions=True)
    for channel, done in zip(queued, results, strict=False):
        if isinstance(done, Delivered):
            story.delivered(channel, done)
    advanced = next((result for result in results if isinstance(result, Advanced)), Advanced())
    story.decided(advanced)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return advanced
