"""Delivery: claim → render → lock and check again → commit `sending` → call → settle.

Never twice: only a message committed as `sending` is called, once per fence, with its own idempotency key.
Never after the exit: the pre-send check is a statement of its own after the lock, and fails closed.
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
from kaskad.domain.journeys.providers import ChannelSpec
from kaskad.services.delivery import bought_lines, circuit_breaker, offers, provider_calls
from kaskad.services.delivery.rendering import RenderResult
from kaskad.services.delivery.send_check import SendCheckDeps, check_and_commit
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.storage import clock
from kaskad.storage.delivery import messages
from kaskad.storage.delivery.messages import ClaimedMessage
from kaskad.storage.delivery.provider_health import Reservation
from kaskad.storage.publishing.versions import PublishedVersion

BATCH_SIZE = messages.COUNT_LIMIT  # of one claim
# micro-batches that are sent at the same time: workers do not idle while a provider answers
PARALLEL_MICRO_BATCHES = 2
MIN_SIZE_TO_SPLIT = 16  # messages; fewer are sent as one micro-batch
MAX_CHECK_TRIES = 3  # attempts to lock a customer who is busy; then the message goes back to the queue


class DeliverDeps(SendCheckDeps, provider_calls.SendDeps, offers.OfferDeps, Protocol):
    """What delivery needs: what offers, the pre-send check and the calls need."""


@dataclass(frozen=True, slots=True)
class DeliveryBatchResult:
    """The results of one call: outcomes of messages, and reasons of those that were held or dropped."""

    claimed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: DeliveryBatchResult) -> DeliveryBatchResult:
        return DeliveryBatchResult(self.claimed + other.claimed, self.outcomes + other.outcomes, self.held + other.held)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The claimed messages in micro-batches, and what rendering and checking them needs."""

    published: Mapping[int, PublishedVersion]
    data: Mapping[int, Mapping[str, object]]
    spec: ChannelSpec
    waiting: deque[Sequence[ClaimedMessage]]
    until: float  # monotonic; after that, messages that were claimed go back to the queue


async def deliver_queued(deps: DeliverDeps, journey: str, channel: Channel, *, limit: int) -> DeliveryBatchResult:
    """Delivers batch after batch, until `limit` messages or more were claimed, or none is queued."""
    total = DeliveryBatchResult()
    while total.claimed < limit:
        done = await deliver_batch(deps, journey, channel)
        if not done.claimed:
            break
        total += done
    return total


async def deliver_batch(
    deps: DeliverDeps, journey: str, channel: Channel, *, limit: int = BATCH_SIZE
) -> DeliveryBatchResult:
    """Sends up to `limit` queued messages of the journey through the channel; returns when all outcomes are settled."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        spec = deps.catalogue.project.channels.get(channel) or ChannelSpec(channel=channel)
        now = await clock.read_now(connection)
        held = await messages.claim_messages(
            connection, journey, channel, now=now, lease=deps.lease, limit=_claim_limit(spec, deps, limit)
        )
        published = {
            message.version_id: await deps.catalogue.version(connection, message.version_id) for message in held
        }
        await deps.message_renderer.load(connection, held, published)
        data: bought_lines.TemplateData = await messages.load_render_data(connection, held) if held else {}
        policy = deps.catalogue.project.policy
        data = await bought_lines.leave_out_bought(connection, held, published, data=data, policy=policy)
    if not held:
        return DeliveryBatchResult()
    until = time.monotonic() + deps.lease.total_seconds() / 2
    await failpoint(Failpoint.CLAIMED)
    abreast, waiting = _split(held, spec)
    try:
        full = await offers.add_offers(deps, held, published, data=data)
        batch = _Batch(published, full, spec, waiting, until)
        done = await _run_concurrently([_send_micro_batches(deps, batch) for _ in range(abreast)])
    except BaseException:  # cancelled or failed: messages that were not started go back to the queue at once
        await _release_claims(deps, held)
        raise
    return sum(done, DeliveryBatchResult(claimed=len(held)))


def _claim_limit(spec: ChannelSpec, deps: DeliverDeps, limit: int) -> int:
    """Returns at most what the channel's rate allows in a quarter of the lease; more would wait and be given back."""
    return max(1, min(limit, int(spec.rate * deps.lease.total_seconds() / 4)))


def _split(held: Sequence[ClaimedMessage], spec: ChannelSpec) -> tuple[int, deque[Sequence[ClaimedMessage]]]:
    """Returns how many micro-batches run at once, within the channel's concurrency and 2 s of its rate; and all."""
    together = max(1, min(spec.concurrency, int(2 * spec.rate)))
    abreast = PARALLEL_MICRO_BATCHES if together >= MIN_SIZE_TO_SPLIT else 1
    size = together // abreast
    return abreast, deque(held[start : start + size] for start in range(0, len(held), size))


async def _run_concurrently(sending: Sequence[Coroutine[Any, Any, DeliveryBatchResult]]) -> list[DeliveryBatchResult]:
    """Returns the results of all; if one fails, it raises after the others have ended."""
    results = await asyncio.gather(*sending, return_exceptions=True)
    done = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        done.append(result)
    return done


async def _send_micro_batches(deps: DeliverDeps, batch: _Batch) -> DeliveryBatchResult:
    """Sends micro-batches until none is left: while one is being sent, the next is rendered and checked."""
    done = DeliveryBatchResult()
    while batch.waiting:
        micro_batch = batch.waiting.popleft()
        try:
            rendered = await _render(deps, micro_batch, batch)
            done += await _send_micro_batch(deps, micro_batch, batch, rendered=rendered)
        except BaseException:
            batch.waiting.clear()
            raise
    return done


async def _render(deps: DeliverDeps, micro_batch: Sequence[ClaimedMessage], batch: _Batch) -> dict[UUID, RenderResult]:
    project = deps.catalogue.project
    return {  # one after the other: `gather` would render all of them in one turn of the loop
        message.id: await deps.message_renderer.render(
            message,
            batch.published[message.version_id],
            batch.data[message.enrollment],
            project=project,
            links=deps.links,
        )
        for message in micro_batch
    }


async def _send_micro_batch(
    deps: DeliverDeps, micro_batch: Sequence[ClaimedMessage], batch: _Batch, *, rendered: Mapping[UUID, RenderResult]
) -> DeliveryBatchResult:
    """Takes one micro-batch from the pre-send check to the settlement."""
    waiting, done = list(micro_batch), DeliveryBatchResult()
    for attempt in range(MAX_CHECK_TRIES):
        if not waiting:
            return done
        if attempt:
            await asyncio.sleep(random.uniform(0.02, 0.1) * attempt)  # noqa: S311 - jitter, not a secret
        turn = await _reserve_slots(deps, len(waiting), batch)
        looking, later = waiting[: turn.count], waiting[turn.count :]
        if not looking:
            break
        looked = await check_and_commit(
            deps, looking, batch.published, rendered=rendered, spec=batch.spec, turn=turn.provider
        )
        if looked.going:
            await failpoint(Failpoint.CHECKED)
        done += DeliveryBatchResult(0, await provider_calls.send_all(deps, looked.going, looked.begun), looked.held)
        waiting = [message for message in looking if message.id in looked.busy] + later
    await _release_claims(deps, waiting)
    return done + DeliveryBatchResult(0, Counter(), Counter({"busy": len(waiting)} if waiting else {}))


async def _reserve_slots(deps: DeliverDeps, count: int, batch: _Batch) -> Reservation:
    """Reserves slots of a provider. Before the check, so that no customer is locked while this waits for the rate."""
    names = circuit_breaker.usable_providers(batch.spec, deps.providers)
    if not names:
        return Reservation(None if batch.spec.providers else "", count)
    return await deps.rate_limiter.reserve(deps.database, names, batch.spec.rate, count=count, until=batch.until)


async def _release_claims(deps: DeliverDeps, held: Sequence[ClaimedMessage]) -> None:
    if held:
        async with deps.database.transaction() as connection:
            await messages.release_claims(connection, held)
