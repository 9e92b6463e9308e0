"""The calls to providers, and the settlement of their outcomes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from kaskad.content import RenderedFields
from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel, Refused, Retry, SendResult, Sent, Unknown
from kaskad.domain.decisions.unknown_outcome import MAX_ATTEMPTS
from kaskad.domain.outcome import MessageStatus, Reason
from kaskad.services.delivery import circuit_breaker
from kaskad.services.delivery.settlement import settle_by_bisection, strip_details
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasAddressHasher, HasCatalogue, HasDatabase, HasLease, HasProviders, HasRateLimiter
from kaskad.storage import clock, enrollments
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages
from kaskad.storage.people import addresses

if TYPE_CHECKING:
    from kaskad.services.delivery.send_check import CommittedSend

CALLS_PER_LOOP_TURN = 10  # calls that begin in one turn of the loop
NOT_CALLED_DELAY = timedelta(seconds=30)  # after a call that was not made
SAFE_LEASE_SHARE = 0.8  # of the lease: after that another worker may already hold the message


@dataclass(frozen=True, slots=True)
class NotCalled:
    """No call was made: this is no attempt, and the message goes back to the queue however often it happens."""

    why: str


class SendDeps(HasDatabase, HasCatalogue, HasProviders, HasRateLimiter, HasLease, HasAddressHasher, Protocol):
    """What sending needs."""


async def send_all(deps: SendDeps, going: Sequence[CommittedSend], begun: float) -> Counter[str]:
    """Calls the providers concurrently within their limits, and settles every outcome; then raises what failed.

    `begun` is the monotonic time at which the leases began. If it is cancelled, the answers so far are still settled;
    a cancelled call is no failure: it stays `sending`, and its lease turns it into `unknown`.
    """
    if not going:
        return Counter()
    calls: list[asyncio.Task[SendResult | NotCalled]] = []
    try:
        for send in going:
            calls.append(asyncio.create_task(_call(deps, send, begun)))
            if len(calls) % CALLS_PER_LOOP_TURN == 0:  # transactions that hold locks must not wait for all calls
                await asyncio.sleep(0)
        await asyncio.wait(calls)
    finally:
        for call in calls:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        never = [(send, NotCalled("stopped before its turn")) for send in going[len(calls) :]]
        answers = zip(going[: len(calls)], results, strict=True)
        counts = await settle_all(
            deps, [*((send, result) for send, result in answers if not isinstance(result, BaseException)), *never]
        )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return counts


async def _call(deps: SendDeps, send: CommittedSend, begun: float) -> SendResult | NotCalled:
    if send.held.channel is Channel.CALL:
        return Sent()  # the settlement writes the call task: nothing is sent
    provider = deps.providers.get(send.provider)
    if provider is None:
        return NotCalled(f"provider {send.provider!r} is not configured here")
    spec = deps.catalogue.project.channels[send.held.channel]
    async with deps.rate_limiter.acquire(send.provider, spec.rate, spec.concurrency):
        if time.monotonic() - begun > SAFE_LEASE_SHARE * deps.lease.total_seconds():
            return NotCalled("too little of the lease was left to send safely")
        await failpoint(Failpoint.CALLING)
        result = await provider.send(send.outgoing)
    await failpoint(Failpoint.ANSWERED)
    return result


async def settle_all(deps: SendDeps, outcomes: Sequence[tuple[CommittedSend, SendResult | NotCalled]]) -> Counter[str]:
    """Writes the outcomes under the customers' locks; returns them counted."""
    if not outcomes:
        return Counter()
    down = await circuit_breaker.record_results(deps, [(send.provider, result) for send, result in outcomes])
    specs = deps.catalogue.project.channels
    settled = [
        (
            send,
            circuit_breaker.reroute(
                result,
                send.provider,
                circuit_breaker.usable_providers(specs.get(send.held.channel), deps.providers),
                down=down,
            ),
        )
        for send, result in outcomes
    ]
    return await settle_by_bisection(settled, partial(_settle_some, deps), _without_details)


def _without_details(result: SendResult | NotCalled) -> SendResult | NotCalled:
    return result if isinstance(result, NotCalled) else strip_details(result)


async def _settle_some(
    deps: SendDeps, outcomes: Sequence[tuple[CommittedSend, SendResult | NotCalled]]
) -> Counter[str]:
    return await run_in_transaction(deps.database, partial(_settle, outcomes, deps))


async def _settle(
    outcomes: Sequence[tuple[CommittedSend, SendResult | NotCalled]], deps: SendDeps, connection: Connection
) -> Counter[str]:
    standing = await enrollments.follow_and_lock(connection, [send.held.customer for send, _ in outcomes])
    instants = await clock.read_instants(connection)
    rows = [_outcome_row(send, result, instants.of(send.held.customer)) for send, result in outcomes]
    await addresses.lock_dead_addresses(connection, deps.address_hasher, rows)
    await messages.settle_messages(connection, rows)
    await failpoint(Failpoint.SETTLING)
    calls = [
        replace(send, held=replace(send.held, customer=standing.get(send.held.customer, send.held.customer)))
        for send, _ in outcomes
        if send.held.channel is Channel.CALL
    ]
    await _open_call_tasks(connection, calls, instants)
    return Counter(row["status"].value for row in rows)


def _outcome_row(going: CommittedSend, result: SendResult | NotCalled, now: datetime) -> dict[str, Any]:
    held, fields = going.held, going.outgoing.fields
    row = build_outcome_row(held.id, held.fence, held.attempt, result=result, now=now) | {"entered_on": held.entered_on}
    row |= {"channel": held.channel, "address_key": address_key(held.channel, going.outgoing.address)}
    if isinstance(result, Sent) and isinstance(fields, RenderedFields) and fields.remarks:
        row["detail"] = "; ".join(remark.text for remark in fields.remarks)
    return row


def build_outcome_row(
    id_: UUID, fence: int, attempts_before: int, *, result: SendResult | NotCalled, now: datetime
) -> dict[str, Any]:
    """Returns the message row with this outcome applied."""
    row: dict[str, Any] = {"id": id_, "fence": fence, "address_dead": False, "now": now}
    match result:
        case Sent(reference):
            return row | {"status": MessageStatus.SENT, "reference": reference}
        case Refused(why, dead):
            failed = {"status": MessageStatus.FAILED, "reason": Reason.PROVIDER_REFUSED}
            return row | failed | {"detail": why, "address_dead": dead}
        case Retry(why, after, outage=True):  # the provider did not look at the message: this was no attempt
            return row | {"status": MessageStatus.QUEUED, "detail": why, "not_before": now + after, "called": False}
        case NotCalled(why):
            return row | {
                "status": MessageStatus.QUEUED,
                "detail": why,
                "not_before": now + NOT_CALLED_DELAY,
                "called": False,
            }
        case Retry(why, after) if attempts_before + 1 < MAX_ATTEMPTS:
            return row | {"status": MessageStatus.QUEUED, "detail": why, "not_before": now + after}
        case Retry(why, _):
            failed = {"status": MessageStatus.FAILED, "reason": Reason.PROVIDER_REFUSED}
            return row | failed | {"detail": why, "given_up": True}
        case Unknown(why):
            return row | {"status": MessageStatus.UNKNOWN, "detail": why}


async def _open_call_tasks(connection: Connection, calls: Sequence[CommittedSend], instants: Instants) -> None:
    rows = [
        {
            "id": send.held.id,
            "customer_id": send.held.customer,
            "journey": send.held.journey,
            "team": send.team,
            "script": send.outgoing.fields.get("script", ""),
            "phone": send.outgoing.address,
            "due_by": send.outgoing.expires_at,
            "created_at": instants.of(send.held.customer),
        }
        for send in calls
    ]
    await enrollments.write_rows(connection, "insert_call_tasks", rows)
