"""Sends what other runs left: messages whose worker died, and retries that are due."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from kaskad.runtime import borrow_runtime
from kaskad.services import work_queue
from kaskad.services.delivery import unknowns
from tasks.deliver import send


@flow(name="deliver")
async def deliver() -> State[Any]:
    """Expires the leases of dead workers, then sends whatever is queued in any journey."""
    async with borrow_runtime() as runtime:
        expired = await unknowns.expire_leases(runtime)
        outcomes: Counter[str] = Counter()
        for journey in (await work_queue.load_pending_work(runtime)).journeys:
            _, queued = await work_queue.load_journey_work(runtime, journey)
            done = await asyncio.gather(*(send(journey, channel.value, count) for channel, count in queued.items()))
            for result in done:
                outcomes.update(result.outcomes)
    sent = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items())) or "nothing was left over"
    return Completed(message=f"{expired:,} leases had expired; {sent}.")
