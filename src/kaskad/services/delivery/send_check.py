"""The pre-send check: locks messages and customers, then addresses; reads everything again; commits `sending`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from kaskad.domain.channel import OutboundMessage
from kaskad.domain.decisions.facts import Facts
from kaskad.domain.decisions.send_check import EmergencyStops, send_blocker
from kaskad.domain.decisions.send_policy import Defer
from kaskad.domain.decisions.send_step import RECHECK_INTERVAL
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.providers import ChannelSpec
from kaskad.domain.journeys.step import CallStep
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Mode, Reason
from kaskad.services.delivery import circuit_breaker
from kaskad.services.delivery.rendering import RenderResult, Unrenderable, unsubscribe_headers
from kaskad.services.delivery.shared_addresses import SharedAddresses
from kaskad.services.failures import enrollment_failures
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.ports import HasAddressHasher, HasCatalogue, HasDatabase, HasLease, HasLinks, HasProviders
from kaskad.storage import clock, enrollments
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages, provider_health
from kaskad.storage.delivery.messages import ClaimedMessage
from kaskad.storage.enrollments import DueEnrollment
from kaskad.storage.facts.loader import load_facts
from kaskad.storage.people import addresses
from kaskad.storage.publishing import pauses
from kaskad.storage.publishing.versions import PublishedVersion

# These reasons are final, so the message is dropped; for any other it is held, and decided again.
DROP_REASONS = frozenset(
    {
        Reason.MISSING_DATA,
        Reason.NO_CODE,
        Reason.EXPIRED,
        Reason.SUPERSEDED,
        Reason.COMPLAINED,
        Reason.UNSUBSCRIBED,
        Reason.LEFT,
        Reason.SAME_ADDRESS,
    }
)
RETRY_REASONS = frozenset({Reason.STOPPED, Reason.STALE_SOURCE})  # a new decision now would have the same result


class SendCheckDeps(HasDatabase, HasCatalogue, HasProviders, HasLease, HasLinks, HasAddressHasher, Protocol):
    """What the pre-send check needs."""


@dataclass(frozen=True, slots=True)
class CommittedSend:
    """A message that is committed as `sending`: it is called now, or its outcome stays unknown."""

    held: ClaimedMessage
    provider: str  # "" is a call task
    outgoing: OutboundMessage
    team: str = ""  # who calls, if it is a call


@dataclass(frozen=True, slots=True)
class SendCheckResult:
    """What the check let through, what it held back and why, and of which messages customer or address were busy."""

    going: list[CommittedSend] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    busy: frozenset[UUID] = frozenset()
    begun: float = 0.0  # the machine's monotonic clock when the leases of `going` began, or a little before


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Everything that was read after the locks."""

    enrollments: Mapping[int, DueEnrollment]
    facts: Mapping[int, Facts]
    addresses: SharedAddresses
    stops: EmergencyStops
    paused: frozenset[str]
    down: frozenset[str]  # loaded only if a message is bound to one provider, whatever `turn` is
    instants: Instants


async def check_and_commit(
    deps: SendCheckDeps,
    held: Sequence[ClaimedMessage],
    published: Mapping[int, PublishedVersion],
    *,
    rendered: Mapping[UUID, RenderResult],
    spec: ChannelSpec,
    turn: str | None,
) -> SendCheckResult:
    """Checks each message again and commits `sending` for those that pass. `turn`: the provider with reserved slots."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        await failpoint(Failpoint.CHECKING)
        locked = await messages.lock_for_send_check(connection, held)
        mine = [message for message in held if message.id in locked]
        shared = await SharedAddresses.lock(deps, connection, mine)
        ours = [message for message in mine if not shared.is_busy(message)]
        if not ours:
            return SendCheckResult(busy=await messages.find_still_claimed(connection, held))
        await failpoint(Failpoint.ADDRESS_LOCKED)
        seen = await _read_snapshot(deps, connection, ours, published=published, shared=shared)
        going, back = [], []
        for message in ours:
            carried = _judge(deps, message, published, rendered=rendered[message.id], seen=seen, spec=spec, turn=turn)
            if isinstance(carried, str):
                shared.add(message, seen.instants.of(message.customer))
                going.append(
                    _committed_send(
                        deps, message, carried, rendered=rendered[message.id], seen=seen, published=published
                    )
                )
            else:
                now = seen.instants.of(message.customer)
                back.append(_returned_row(message, carried, rendered[message.id], now=now))
        begun = time.monotonic()
        await _commit(deps, connection, going, spec=spec, seen=seen)
        await messages.hold_messages(connection, back)
        broken = [row for row in back if row["reason"] is Reason.TEMPLATE_ERROR]
        await enrollment_failures.record_failures(connection, broken, seen.instants.now)
        taken = {message.id for message in ours}
        busy = await messages.find_still_claimed(connection, [message for message in held if message.id not in taken])
    return SendCheckResult(going, Counter(row["reason"] for row in back), busy, begun)


def _judge(
    deps: SendCheckDeps,
    message: ClaimedMessage,
    published: Mapping[int, PublishedVersion],
    *,
    rendered: RenderResult,
    seen: _Snapshot,
    spec: ChannelSpec,
    turn: str | None,
) -> str | Defer:
    """Returns the provider that the message goes to; or why it does not go, and when it is decided again."""
    now, version = seen.instants.of(message.customer), published[message.version_id]
    against = _send_blocker(message, version, rendered, seen=seen, project=deps.catalogue.project)
    carried = against or circuit_breaker.choose_provider(message, spec, seen.stops, down=seen.down, turn=turn, now=now)
    if isinstance(carried, Reason):
        return Defer(now + RECHECK_INTERVAL if carried in RETRY_REASONS else now, carried)
    # last, so that only what goes counts for the others of this micro-batch
    verdict = seen.addresses.verdict(
        message,
        seen.enrollments[message.enrollment].enrollment,
        again=version.version.journey.enter.again_after,
        now=now,
    )
    if verdict is None:
        return carried
    return verdict if isinstance(verdict, Defer) else Defer(now, verdict.reason)


async def _commit(
    deps: SendCheckDeps,
    connection: Connection,
    going: Sequence[CommittedSend],
    *,
    spec: ChannelSpec,
    seen: _Snapshot,
) -> None:
    """Marks these as being sent, and their addresses as touched."""
    rows = [_sending_row(send, spec, seen.instants.of(send.held.customer)) for send in going]
    await messages.begin_sending(connection, rows, deps.lease)
    await addresses.write_touches(connection, seen.addresses.touch_rows([send.held for send in going], seen.instants))


async def _read_snapshot(
    deps: SendCheckDeps,
    connection: Connection,
    ours: Sequence[ClaimedMessage],
    *,
    published: Mapping[int, PublishedVersion],
    shared: SharedAddresses,
) -> _Snapshot:
    """Returns the third statement's snapshot: everything that was committed before the locks."""
    instants = await clock.read_instants(connection)
    due = await enrollments.load_enrollments(connection, [message.enrollment for message in ours])
    asked = {message.enrollment: published[message.version_id].questions for message in ours}
    standing = [due_enrollment.enrollment for due_enrollment in due.values()]
    facts = await load_facts(connection, standing, asked, instants=instants, project=deps.catalogue.project)
    await shared.read_touches(connection, ours, instants)
    return _Snapshot(
        due,
        facts,
        shared,
        await messages.load_stops(connection),
        await pauses.list_paused(connection),
        await provider_health.list_open_providers(connection)
        if any(message.idempotency for message in ours)
        else frozenset(),
        instants,
    )


def _send_blocker(
    message: ClaimedMessage, published: PublishedVersion, rendered: RenderResult, *, seen: _Snapshot, project: Project
) -> Reason | None:
    """Returns why the message is not sent; None if it is, and a provider can send it."""
    due = seen.enrollments[message.enrollment]
    enrollment, facts = due.enrollment, seen.facts[message.enrollment]
    if due.version_id != message.version_id and enrollment.status is EnrollmentStatus.ACTIVE:
        return Reason.EDITED  # the customer moved to another version: its exits and texts count, not these
    reason = send_blocker(
        published.version,
        enrollment,
        facts,
        message=message.claimed
        if isinstance(rendered, Unrenderable)
        else replace(message.claimed, left_out=rendered.left_out),
        now=seen.instants.of(message.customer),
        project=project,
    )
    if reason:
        return reason
    if isinstance(rendered, Unrenderable):
        return rendered.reason
    if message.journey in seen.paused:
        return Reason.PAUSED
    return None


def _committed_send(
    deps: SendCheckDeps,
    message: ClaimedMessage,
    provider: str,
    *,
    rendered: RenderResult,
    seen: _Snapshot,
    published: Mapping[int, PublishedVersion],
) -> CommittedSend:
    assert not isinstance(rendered, Unrenderable)
    journey = published[message.version_id].version.journey
    address = journey.owner
    if message.mode is Mode.LIVE:
        address = seen.addresses.contacts[message.customer, message.channel].address
    sender = deps.catalogue.project.senders.get(message.claimed.sender)
    outgoing = OutboundMessage(
        id=message.id,
        channel=message.channel,
        address=address,
        sender=(sender.addresses.get(message.channel) if sender else None) or message.claimed.sender,
        fields=rendered,
        expires_at=message.claimed.expires_at,
        headers=unsubscribe_headers(message.channel, deps.links.unsubscribe(message.id)),
        collapse=f"{message.journey}:{message.claimed.step}",
    )
    step = published[message.version_id].version.program.nodes[message.claimed.step].step
    return CommittedSend(message, provider, outgoing, step.team if isinstance(step, CallStep) else "")


def _sending_row(going: CommittedSend, spec: ChannelSpec, now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "id": going.held.id,
        "entered_on": going.held.entered_on,
        "fence": going.held.fence,
        "provider": going.provider,
        "address": going.outgoing.address,
        "cost": Decimal(spec.cost),
    }


def _returned_row(message: ClaimedMessage, verdict: Defer, rendered: RenderResult, *, now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "id": message.id,
        "enrollment": message.enrollment,
        "entered_on": message.entered_on,
        "fence": message.fence,
        "status": MessageStatus.DROPPED if verdict.reason in DROP_REASONS else MessageStatus.HELD,
        "reason": verdict.reason,
        "detail": rendered.detail if isinstance(rendered, Unrenderable) else None,
        "due_at": verdict.until,
    }
