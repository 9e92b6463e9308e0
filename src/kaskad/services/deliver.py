"""Deliver: claim → render → lock and look again → commit `sending` → call → settle.

Never a message twice: only what is committed as `sending` is called, once per fence, with the message's own key.
Never one after the exit: the look is a statement of its own after the lock, and fails closed.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from kaskad.domain.channel import Channel
from kaskad.domain.shop import ChannelSpec
from kaskad.services import sending
from kaskad.services.look import LookDeps, look
from kaskad.services.points import Point, reached
from kaskad.services.rendering import Press, Rendered
from kaskad.storage import clock, messages
from kaskad.storage.messages import Held
from kaskad.storage.versions import Published

LOOKS = 3  # tries to find a customer whom nobody else holds; then back to the queue


class DeliverDeps(LookDeps, sending.SendDeps, Protocol):
    """What delivering needs: what the look and the sending need, and the press."""

    @property
    def press(self) -> Press: ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the messages of one call: outcomes, and reasons of those that were held or dropped."""

    claimed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(self.claimed + other.claimed, self.outcomes + other.outcomes, self.held + other.held)


async def deliver_batch(deps: DeliverDeps, journey: str, channel: Channel, *, limit: int = 1_000) -> Delivered:
    """Sends up to `limit` queued messages of the journey through the channel. All outcomes are settled first."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now = await clock.read(connection)
        held = await messages.claim(connection, journey, channel, now, deps.lease, limit)
        published = {one.version_id: await deps.catalogue.version(connection, one.version_id) for one in held}
        await deps.press.load(connection, held, published)
        data = await messages.render_data(connection, held) if held else {}
    if not held:
        return Delivered()
    await reached(Point.CLAIMED)
    spec = deps.catalogue.project.channels.get(channel) or ChannelSpec(channel=channel)
    size = max(1, min(spec.concurrency, int(2 * spec.rate)))
    done = Delivered(claimed=len(held))
    batches = [held[start : start + size] for start in range(0, len(held), size)]
    try:
        while batches:
            batch = batches[0]
            rendered = await _render(deps, batch, published, data)
            done += await _send_batch(deps, batch, published, rendered, spec)
            batches.pop(0)
    finally:
        if batches:  # cancelled, or broken: what was not begun goes back to the queue at once
            await _give_back(deps, [one for batch in batches for one in batch])
    return done


async def _render(
    deps: DeliverDeps,
    batch: Sequence[Held],
    published: Mapping[int, Published],
    data: Mapping[int, Mapping[str, object]],
) -> dict[UUID, Rendered]:
    project = deps.catalogue.project
    return {  # one after the other: gathered, all would be rendered in one turn of the loop
        one.id: await deps.press.render(one, published[one.version_id], data[one.enrollment], project, deps.links)
        for one in batch
    }


async def _send_batch(
    deps: DeliverDeps,
    batch: Sequence[Held],
    published: Mapping[int, Published],
    rendered: Mapping[UUID, Rendered],
    spec: ChannelSpec,
) -> Delivered:
    """One micro-batch, from the look to the settling."""
    waiting, done = list(batch), Delivered()
    for attempt in range(LOOKS):
        if not waiting:
            return done
        if attempt:
            await asyncio.sleep(random.uniform(0.02, 0.1) * attempt)  # noqa: S311 - jitter, not a secret
        looked = await look(deps, waiting, published, rendered, spec)
        if looked.going:
            await reached(Point.LOOKED)
        done += Delivered(0, await sending.send(deps, looked.going, looked.begun), looked.held)
        waiting = [one for one in waiting if one.id in looked.busy]
    await _give_back(deps, waiting)
    return done + Delivered(0, Counter(), Counter({"busy": len(waiting)} if waiting else {}))


async def _give_back(deps: DeliverDeps, held: Sequence[Held]) -> None:
    if held:
        async with deps.database.transaction() as connection:
            await messages.release(connection, held)
