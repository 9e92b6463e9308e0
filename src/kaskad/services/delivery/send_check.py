"""The pre-send check: locks messages and customers, reads everything again in the next statement, commits `sending`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from kaskad.domain.channel import Channel, OutboundMessage
from kaskad.domain.decisions.facts import Facts
from kaskad.domain.decisions.send_check import EmergencyStops, send_blocker
from kaskad.domain.decisions.send_step import RECHECK_INTERVAL
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.providers import ChannelSpec
from kaskad.domain.journeys.step import CallStep
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Mode, Reason
from kaskad.services.delivery import circuit_breaker
from kaskad.services.delivery.rendering import RenderResult, Unrenderable, unsubscribe_headers
from kaskad.services.failures import enrollment_failures
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.ports import HasCatalogue, HasDatabase, HasLease, HasLinks, HasProviders
from kaskad.storage import clock, enrollments
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages, provider_health
from kaskad.storage.delivery.messages import ClaimedMessage
from kaskad.storage.enrollments import DueEnrollment
from kaskad.storage.facts.loader import load_facts
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
    }
)
RETRY_REASONS = frozenset({Reason.STOPPED, Reason.STALE_SOURCE})  # a new decision now would have the same result


class SendCheckDeps(HasDatabase, HasCatalogue, HasProviders, HasLease, HasLinks, Protocol):
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
    """What the check let through, what it held back and why, and which customers were busy."""

    going: list[CommittedSend] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    busy: frozenset[UUID] = frozenset()
    begun: float = 0.0  # the machine's monotonic clock when the leases of `going` began, or a little before


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Everything that the second statement read."""

    enrollments: Mapping[int, DueEnrollment]
    facts: Mapping[int, Facts]
    addresses: Mapping[tuple[int, Channel], str]
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
        ours = [one for one in held if one.id in locked]
        if not ours:
            return SendCheckResult(busy=await messages.find_still_claimed(connection, held))
        seen = await _read_snapshot(deps, connection, ours, published=published)
        project = deps.catalogue.project
        going, back = [], []
        for one in ours:
            against = _send_blocker(one, published[one.version_id], rendered[one.id], seen=seen, project=project)
            now = seen.instants.of(one.customer)
            carried = against or circuit_breaker.choose_provider(
                one, spec, seen.stops, down=seen.down, turn=turn, now=now
            )
            if isinstance(carried, Reason):
                back.append(_returned_row(one, carried, rendered[one.id], now=now))
            else:
                going.append(
                    _committed_send(deps, one, carried, rendered=rendered[one.id], seen=seen, published=published)
                )
        rows = [_sending_row(one, spec, seen.instants.of(one.held.customer)) for one in going]
        begun = time.monotonic()
        await messages.begin_sending(connection, rows, deps.lease)
        await messages.hold_messages(connection, back)
        broken = [row for row in back if row["reason"] is Reason.TEMPLATE_ERROR]
        await enrollment_failures.record_failures(connection, broken, seen.instants.now)
        busy = await messages.find_still_claimed(connection, [one for one in held if one.id not in locked])
    return SendCheckResult(going, Counter(row["reason"] for row in back), busy, begun)


async def _read_snapshot(
    deps: SendCheckDeps,
    connection: Connection,
    ours: Sequence[ClaimedMessage],
    *,
    published: Mapping[int, PublishedVersion],
) -> _Snapshot:
    """Returns the second statement's snapshot: everything that was committed before the lock."""
    instants = await clock.read_instants(connection)
    due = await enrollments.load_enrollments(connection, [one.enrollment for one in ours])
    asked = {one.enrollment: published[one.version_id].questions for one in ours}
    standing = [one.enrollment for one in due.values()]
    facts = await load_facts(connection, standing, asked, instants=instants, project=deps.catalogue.project)
    return _Snapshot(
        due,
        facts,
        await messages.load_addresses(connection, ours),
        await messages.load_stops(connection),
        await pauses.list_paused(connection),
        await provider_health.list_open_providers(connection) if any(one.idempotency for one in ours) else frozenset(),
        instants,
    )


def _send_blocker(
    one: ClaimedMessage, published: PublishedVersion, rendered: RenderResult, *, seen: _Snapshot, project: Project
) -> Reason | None:
    """Returns why the message is not sent; None if it is, and a provider can send it."""
    due = seen.enrollments[one.enrollment]
    enrollment, facts = due.enrollment, seen.facts[one.enrollment]
    if due.version_id != one.version_id and enrollment.status is EnrollmentStatus.ACTIVE:
        return Reason.EDITED  # the customer moved to another version: its exits and texts count, not these
    reason = send_blocker(
        published.version, enrollment, facts, message=one.claimed, now=seen.instants.of(one.customer), project=project
    )
    if reason:
        return reason
    if isinstance(rendered, Unrenderable):
        return rendered.reason
    if one.journey in seen.paused:
        return Reason.PAUSED
    return None


def _committed_send(
    deps: SendCheckDeps,
    one: ClaimedMessage,
    provider: str,
    *,
    rendered: RenderResult,
    seen: _Snapshot,
    published: Mapping[int, PublishedVersion],
) -> CommittedSend:
    assert not isinstance(rendered, Unrenderable)
    journey = published[one.version_id].version.journey
    address = journey.owner if one.mode is Mode.TEST else seen.addresses[one.customer, one.channel]
    sender = deps.catalogue.project.senders.get(one.claimed.sender)
    outgoing = OutboundMessage(
        id=one.id,
        channel=one.channel,
        address=address,
        sender=(sender.addresses.get(one.channel) if sender else None) or one.claimed.sender,
        fields=rendered,
        expires_at=one.claimed.expires_at,
        headers=unsubscribe_headers(one.channel, deps.links.unsubscribe(one.id)),
        collapse=f"{one.journey}:{one.claimed.step}",
    )
    step = published[one.version_id].version.program.nodes[one.claimed.step].step
    return CommittedSend(one, provider, outgoing, step.team if isinstance(step, CallStep) else "")


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


def _returned_row(one: ClaimedMessage, reason: Reason, rendered: RenderResult, *, now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "id": one.id,
        "enrollment": one.enrollment,
        "entered_on": one.entered_on,
        "fence": one.fence,
        "status": MessageStatus.DROPPED if reason in DROP_REASONS else MessageStatus.HELD,
        "reason": reason,
        "detail": rendered.detail if isinstance(rendered, Unrenderable) else None,
        "due_at": now + RECHECK_INTERVAL if reason in RETRY_REASONS else now,
    }
