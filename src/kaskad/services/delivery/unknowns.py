"""Resolves unknown outcomes. Expires leases of dead workers, and asks providers that can report a status.

Each ends classified (`settled_by`): by its provider's report, by a second call under a key that the provider keeps,
by a receipt, by hand, or by its channel's policy once the deadline is over.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Protocol, assert_never
from uuid import UUID

from psycopg.types.json import Jsonb

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel, SendResult, Unknown
from kaskad.domain.decisions.unknown_outcome import (
    AskLater,
    CloseAsUnknown,
    DecideAgain,
    RetryWithKey,
    SettledBy,
    UnknownOutcome,
    resolve_unknown,
)
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.providers import ChannelSpec
from kaskad.domain.outcome import MessageStatus
from kaskad.services.delivery.provider_calls import build_outcome_row
from kaskad.services.delivery.settlement import settle_by_bisection, strip_details
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasAddressHasher, HasCatalogue, HasDatabase, HasLease, HasProviders
from kaskad.storage import clock, enrollments, notifications
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages
from kaskad.storage.people import addresses
from kaskad.storage.queries import query

BATCH_SIZE = 200
EARLIEST = datetime.min.replace(tzinfo=UTC)


class UnknownDeps(HasDatabase, HasCatalogue, HasProviders, HasLease, HasAddressHasher, Protocol):
    """What resolving unknown outcomes needs."""


@dataclass(frozen=True, slots=True)
class ResolveResult:
    """How many leases had expired, and the results of the unknown outcomes that were checked."""

    expired: int
    outcomes: Counter[str]


@dataclass(frozen=True, slots=True)
class _DueUnknown:
    id: UUID
    entered_on: date
    fence: int
    customer_id: int
    channel: str
    address: str | None
    provider: str
    attempt: int
    unknown_since: datetime
    sending_at: datetime
    ask_at: datetime
    wanted: bool


async def expire_leases(deps: UnknownDeps) -> int:
    """Takes back what dead workers held: claimed → queued, sending → unknown. Returns how many."""
    async with deps.database.transaction() as connection:
        return await messages.expire_leases(connection, await clock.read_now(connection))


async def resolve_due(deps: UnknownDeps) -> ResolveResult:
    """Expires leases, then asks about unknown outcomes that are due; policy settles those that no provider can report.

    Raises Unavailable if customers stay busy or the database does not answer: what was not settled is due again.
    """
    expired = await expire_leases(deps)
    outcomes: Counter[str] = Counter()
    after: tuple[datetime, UUID] = (EARLIEST, UUID(int=0))
    while batch := await _batch(deps, *after):
        after = (batch[-1].ask_at, batch[-1].id)
        answers = await asyncio.gather(*(_ask_provider(deps, unknown) for unknown in batch))
        answered = list(zip(batch, answers, strict=True))
        outcomes += await settle_by_bisection(answered, partial(_settle_some, deps), _without_details)
    return ResolveResult(expired, outcomes)


async def _batch(deps: UnknownDeps, after_at: datetime, after: UUID) -> list[_DueUnknown]:
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        params = {"now": await clock.read_now(connection), "after_at": after_at, "after": after, "limit": BATCH_SIZE}
        cursor = await connection.execute(query("due_unknowns"), params)
        return [_DueUnknown(**row) for row in await cursor.fetchall()]


async def _ask_provider(deps: UnknownDeps, unknown: _DueUnknown) -> SendResult | None:
    provider = deps.providers.get(unknown.provider)
    answer = await provider.get_delivery_status(unknown.id) if provider else None
    return None if isinstance(answer, Unknown) else answer


def _without_details(answer: SendResult | None) -> SendResult | None:
    return answer and strip_details(answer)


async def _settle_some(deps: UnknownDeps, batch: Sequence[tuple[_DueUnknown, SendResult | None]]) -> Counter[str]:
    return await run_in_transaction(deps.database, partial(_settle, deps, batch))


async def _settle(
    deps: UnknownDeps, batch: Sequence[tuple[_DueUnknown, SendResult | None]], connection: Connection
) -> Counter[str]:
    await enrollments.follow_and_lock(connection, [unknown.customer_id for unknown, _ in batch])
    now = await clock.read_now(connection)
    answered = [_outcome_row(unknown, answer, now) for unknown, answer in batch if answer is not None]
    untold = [
        _unresolved_row(unknown, deps.catalogue.project, deps.lease, now=now)
        for unknown, answer in batch
        if answer is None
    ]
    await addresses.lock_dead_addresses(connection, deps.address_hasher, answered)
    await messages.settle_messages(connection, answered)
    await apply_unknown_actions(connection, untold, now)
    return Counter(str(row["status"]) for row in (*answered, *untold))


def _outcome_row(unknown: _DueUnknown, answer: SendResult, now: datetime) -> dict[str, Any]:
    row = build_outcome_row(unknown.id, unknown.fence, unknown.attempt - 1, result=answer, now=now)
    return row | {
        "entered_on": unknown.entered_on,
        "channel": unknown.channel,
        "address_key": address_key(unknown.channel, unknown.address or ""),
        "by": SettledBy.LOOK_UP,
        "given_up": False,  # it was certainly not sent
    }


def _unresolved_row(unknown: _DueUnknown, project: Project, lease: timedelta, *, now: datetime) -> dict[str, Any]:
    """Returns the row for an unknown outcome that its provider cannot report."""
    channel = Channel(unknown.channel)
    carrier = project.providers.get(unknown.provider)
    doubt = UnknownOutcome(
        project.channels.get(channel) or ChannelSpec(channel=channel),
        since=unknown.unknown_since,
        called_at=unknown.sending_at,
        attempts=unknown.attempt,
        wanted=unknown.wanted,
        keeps_keys=carrier.keeps_keys.shortest - lease if carrier else timedelta(),  # a call may take its lease
    )
    row = {"id": unknown.id, "entered_on": unknown.entered_on, "fence": unknown.fence, "status": MessageStatus.UNKNOWN}
    match resolve_unknown(doubt, now):
        case RetryWithKey(not_before, key_until):
            return row | {"status": MessageStatus.QUEUED, "not_before": not_before, "key_until": key_until}
        case DecideAgain():
            return row | {"status": MessageStatus.HELD, "settled_by": SettledBy.DEADLINE}
        case AskLater(at):
            return row | {"ask_at": at}
        case CloseAsUnknown():
            return row | {"settled_by": SettledBy.DEADLINE}
        case other:
            assert_never(other)


async def apply_unknown_actions(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Writes the actions for unknown outcomes, and wakes the enrollments that wait for them."""
    if rows:
        await connection.execute(query("resolve_unknowns"), {"rows": Jsonb(list(rows)), "now": now})
        await notifications.notify_due(connection)
