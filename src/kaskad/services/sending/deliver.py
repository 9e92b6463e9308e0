"""Deliver: claim → render → lock and look again → commit `sending` → call → settle.

Never a message twice: only what is committed as `sending` is called, once per fence, with the message's own key.
Never one after the exit: the look is a statement of its own after the lock, and fails closed.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import ChannelSpec
from kaskad.services.points import Point, reached
from kaskad.services.sending import calling, offers, outages
from kaskad.services.sending.look import LookDeps, look
from kaskad.services.sending.pace import Turn
from kaskad.services.sending.rendering import Rendered
from kaskad.storage import clock, messages
from kaskad.storage.messages import Held
from kaskad.storage.versions import Published

MESSAGES = messages.AT_ONCE  # of one claim
ABREAST = 2  # micro-batches on their way at the same time: the provider's answers are not waited for idly
WORTH_SPLITTING = 16  # messages; fewer go as one
LOOKS = 3  # tries to find a customer whom nobody else holds; then back to the queue


class DeliverDeps(LookDeps, calling.SendDeps, offers.OfferDeps, Protocol):
    """What delivering needs: what offers, the look and the sending need."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the messages of one call: outcomes, and reasons of those that were held or dropped."""

    claimed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(self.claimed + other.claimed, self.outcomes + other.outcomes, self.held + other.held)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was claimed, in micro-batches, and what rendering and judging it takes."""

    published: Mapping[int, Published]
    data: Mapping[int, Mapping[str, object]]
    spec: ChannelSpec
    waiting: deque[Sequence[Held]]
    until: float  # monotonic: later than that what was claimed goes back to the queue


async def send_queued(deps: DeliverDeps, journey: str, channel: Channel, *, limit: int) -> Delivered:
    """Batch after batch, until `limit` messages or more were claimed, or none is queued."""
    total = Delivered()
    while total.claimed < limit:
        done = await deliver_batch(deps, journey, channel)
        if not done.claimed:
            break
        total += done
    return total


async def deliver_batch(deps: DeliverDeps, journey: str, channel: Channel, *, limit: int = MESSAGES) -> Delivered:
    """Sends up to `limit` queued messages of the journey through the channel. All outcomes are settled first."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        spec = deps.catalogue.project.channels.get(channel) or ChannelSpec(channel=channel)
        now = await clock.read(connection)
        held = await messages.claim(connection, journey, channel, now, deps.lease, _most(spec, deps, limit))
        published = {one.version_id: await deps.catalogue.version(connection, one.version_id) for one in held}
        await deps.press.load(connection, held, published)
        data = await messages.render_data(connection, held) if held else {}
    if not held:
        return Delivered()
    until = time.monotonic() + deps.lease.total_seconds() / 2
    await reached(Point.CLAIMED)
    abreast, waiting = _split(held, spec)
    try:
        full = await offers.added(deps, held, published, data)
        batch = _Batch(published, full, spec, waiting, until)
        done = await _all_at_once([_send_on(deps, batch) for _ in range(abreast)])
    except BaseException:  # cancelled, or broken: what was not begun goes back to the queue at once
        await _give_back(deps, held)
        raise
    return sum(done, Delivered(claimed=len(held)))


def _most(spec: ChannelSpec, deps: DeliverDeps, limit: int) -> int:
    """No more than the channel's rate lets go in a quarter of the lease: what waited longer would be given back."""
    return max(1, min(limit, int(spec.rate * deps.lease.total_seconds() / 4)))


def _split(held: Sequence[Held], spec: ChannelSpec) -> tuple[int, deque[Sequence[Held]]]:
    """How many micro-batches go abreast, together no more than the channel takes at once or in two seconds; and all."""
    together = max(1, min(spec.concurrency, int(2 * spec.rate)))
    abreast = ABREAST if together >= WORTH_SPLITTING else 1
    size = together // abreast
    return abreast, deque(held[start : start + size] for start in range(0, len(held), size))


async def _all_at_once(sending: Sequence[Coroutine[Any, Any, Delivered]]) -> list[Delivered]:
    """What all of them did; when one breaks, the others have ended before it is raised."""
    results = await asyncio.gather(*sending, return_exceptions=True)
    done = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        done.append(result)
    return done


async def _send_on(deps: DeliverDeps, batch: _Batch) -> Delivered:
    """Sends one micro-batch after the other until none waits: while one is called, the next is rendered and judged."""
    done = Delivered()
    while batch.waiting:
        some = batch.waiting.popleft()
        try:
            rendered = await _render(deps, some, batch)
            done += await _send_some(deps, some, batch, rendered)
        except BaseException:
            batch.waiting.clear()
            raise
    return done


async def _render(deps: DeliverDeps, some: Sequence[Held], batch: _Batch) -> dict[UUID, Rendered]:
    project = deps.catalogue.project
    return {  # one after the other: gathered, all would be rendered in one turn of the loop
        one.id: await deps.press.render(
            one, batch.published[one.version_id], batch.data[one.enrollment], project, deps.links
        )
        for one in some
    }


async def _send_some(
    deps: DeliverDeps, some: Sequence[Held], batch: _Batch, rendered: Mapping[UUID, Rendered]
) -> Delivered:
    """One micro-batch, from the look to the settling."""
    waiting, done = list(some), Delivered()
    for attempt in range(LOOKS):
        if not waiting:
            return done
        if attempt:
            await asyncio.sleep(random.uniform(0.02, 0.1) * attempt)  # noqa: S311 - jitter, not a secret
        turn = await _turn(deps, len(waiting), batch)
        looking, later = waiting[: turn.count], waiting[turn.count :]
        if not looking:
            break
        looked = await look(deps, looking, batch.published, rendered, batch.spec, turn.provider)
        if looked.going:
            await reached(Point.LOOKED)
        done += Delivered(0, await calling.send(deps, looked.going, looked.begun), looked.held)
        waiting = [one for one in looking if one.id in looked.busy] + later
    await _give_back(deps, waiting)
    return done + Delivered(0, Counter(), Counter({"busy": len(waiting)} if waiting else {}))


async def _turn(deps: DeliverDeps, count: int, batch: _Batch) -> Turn:
    """By whom so many may go now. Before the look, so that nobody is locked while the provider's rate is waited for."""
    names = outages.usable(batch.spec, deps.providers)
    if not names:
        return Turn(None if batch.spec.providers else "", count)
    return await deps.pace.reserve(deps.database, names, batch.spec.rate, count, batch.until)


async def _give_back(deps: DeliverDeps, held: Sequence[Held]) -> None:
    if held:
        async with deps.database.transaction() as connection:
            await messages.release(connection, held)
