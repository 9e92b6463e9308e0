"""Webhook calls to other systems, each made once, as far as this can be known.

A check before each call drops it if the customer has left meanwhile. `sending` is committed before the call, and no
customer is locked during it. A call that certainly failed is retried; if it may have arrived, the webhook's
`on_unknown` says whether it is retried under the same key. In the end every call is settled: sent, failed, unknown or
dropped.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from kaskad.channels.outbound_webhooks import Webhook
from kaskad.channels.unavailable import UnavailableWebhook
from kaskad.domain.channel import SendResult, Unknown
from kaskad.domain.decisions.action_steps import webhook_blocker
from kaskad.domain.decisions.effects import UNKNOWN_VALUE_RETRY
from kaskad.domain.decisions.send_step import RECHECK_INTERVAL
from kaskad.domain.outcome import MessageStatus, Reason
from kaskad.services.delivery.settlement import settle_by_bisection, strip_details
from kaskad.services.delivery.webhook_outcomes import CommittedCall, build_outcome_row, build_retry_row
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasCatalogue, HasDatabase, HasLease
from kaskad.storage import clock, enrollments
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages, webhook_calls
from kaskad.storage.delivery.webhook_calls import CallData, DueCall
from kaskad.storage.facts.loader import load_facts

BATCH_SIZE = 50
UNCONFIGURED_DELAY = timedelta(minutes=1)  # a webhook whose secret this machine does not have


class WebhookDeps(HasDatabase, HasCatalogue, HasLease, Protocol):
    """What webhook calls need."""

    @property
    def webhooks(self) -> Mapping[str, Webhook]: ...


async def make_calls(deps: WebhookDeps) -> Counter[str]:
    """Makes every call that is due and returns the outcomes counted. Expires the leases of dead workers first."""
    done = await _expire_leases(deps)
    while going := await _check_and_commit(deps):
        if going.calls:
            await failpoint(Failpoint.CHECKED)
        done += going.held + await _call_all(deps, going.calls)
    return done


@dataclass(frozen=True, slots=True)
class _CallCheckResult:
    calls: Sequence[CommittedCall]
    held: Counter[str]

    def __bool__(self) -> bool:
        return bool(self.calls or self.held)


async def _check_and_commit(deps: WebhookDeps) -> _CallCheckResult:
    """Locks what is due, reads everything about it in the next statement, and commits the calls to be made."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now = (await clock.read_instants(connection)).now
        rows = await webhook_calls.lock_due_calls(connection, now, BATCH_SIZE)
        if not rows:
            return _CallCheckResult((), Counter())
        back = await _call_blockers(deps, connection, rows)
        going = [row for row in rows if row.id not in back]
        await webhook_calls.settle_calls(connection, list(back.values()))
        data = await webhook_calls.load_call_data(connection, [row.enrollment_id for row in going])
        await webhook_calls.begin_calls(connection, [row.id for row in going], now, lease=deps.lease)
    calls = [
        CommittedCall(row.id, row.fence + 1, row.attempt + 1, row.customer_id, row.webhook, _document(row, data))
        for row in going
    ]
    return _CallCheckResult(calls, Counter(row["status"] for row in back.values()))


async def _call_blockers(
    deps: WebhookDeps, connection: Connection, rows: Sequence[DueCall]
) -> dict[UUID, dict[str, Any]]:
    """Returns the calls that are not made now, each with the row to write."""
    instants = await clock.read_instants(connection)
    standing = await enrollments.load_enrollments(connection, [row.enrollment_id for row in rows])
    # By the version that each is in now: after a migration to another version, its exits count.
    published = {
        id_: await deps.catalogue.version(connection, due_enrollment.version_id)
        for id_, due_enrollment in standing.items()
    }
    asked = {id_: version.questions for id_, version in published.items()}
    facts = await load_facts(
        connection,
        [due_enrollment.enrollment for due_enrollment in standing.values()],
        asked,
        instants=instants,
        project=deps.catalogue.project,
    )
    stops = await messages.load_stops(connection)
    back, hooks = {}, deps.webhooks
    for row in rows:
        enrollment, now = standing[row.enrollment_id].enrollment, instants.of(row.customer_id)
        written = {"id": row.id, "fence": row.fence, "now": now, "doubtful": False}
        why = webhook_blocker(enrollment, facts[enrollment.id], row.step)
        if why is Reason.QUARANTINED:  # they may be released, and continue
            back[row.id] = build_retry_row(written, now + UNKNOWN_VALUE_RETRY, why)
        elif why:
            status = MessageStatus.UNKNOWN if row.doubted else MessageStatus.DROPPED
            back[row.id] = written | {"status": status, "detail": why}
        elif stops.covers(row.journey, "webhook", "", provider=row.webhook):
            back[row.id] = build_retry_row(written, now + RECHECK_INTERVAL, "stopped")
        elif why_not := _configuration_error(hooks.get(row.webhook)):
            back[row.id] = build_retry_row(written, now + UNCONFIGURED_DELAY, why_not)
    return back


def _configuration_error(hook: Webhook | None) -> str:
    """Returns what this process lacks to make the call; "" for nothing."""
    if hook is None:
        return "it is not configured here, or its secret is not set"
    return hook.why if isinstance(hook, UnavailableWebhook) else ""


def _document(row: DueCall, data: Mapping[int, CallData]) -> dict[str, Any]:
    """Returns the document for the other system. `event` are the properties of the event that triggered the journey."""
    known = data[row.enrollment_id]
    return {
        "key": str(row.id),
        "webhook": row.webhook,
        "journey": row.journey,
        "step": row.step,
        "customer": known.customer,
        "entered_at": known.entered_at.isoformat(),
        "event": known.entry,
    }


async def _call_all(deps: WebhookDeps, calls: Sequence[CommittedCall]) -> Counter[str]:
    """Makes all calls at once; if cancelled, settles the answers so far. A cancelled call stays `sending`."""
    if not calls:
        return Counter()
    tasks = [asyncio.create_task(_call(deps, call)) for call in calls]
    try:
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        answers = [
            (call, each) for call, each in zip(calls, results, strict=True) if not isinstance(each, BaseException)
        ]
        done = await settle_by_bisection(answers, partial(_settle_some, deps), strip_details)
    for each in results:
        if isinstance(each, BaseException):
            raise each
    return done


async def _call(deps: WebhookDeps, call: CommittedCall) -> SendResult:
    await failpoint(Failpoint.CALLING)
    result = await deps.webhooks[call.webhook].call(call.id, call.document)
    await failpoint(Failpoint.ANSWERED)
    return result


async def _settle_some(deps: WebhookDeps, answers: Sequence[tuple[CommittedCall, SendResult]]) -> Counter[str]:
    return await run_in_transaction(deps.database, partial(_settle, deps, answers))


async def _settle(
    deps: WebhookDeps, answers: Sequence[tuple[CommittedCall, SendResult]], connection: Connection
) -> Counter[str]:
    await enrollments.follow_and_lock(connection, [call.customer for call, _ in answers])
    instants = await clock.read_instants(connection)
    specs = deps.catalogue.project.webhooks
    rows = [
        build_outcome_row(call, result, specs.get(call.webhook), now=instants.of(call.customer))
        for call, result in answers
    ]
    await webhook_calls.settle_calls(connection, rows)
    await failpoint(Failpoint.SETTLING)
    return Counter(row["status"] for row in rows)


async def _expire_leases(deps: WebhookDeps) -> Counter[str]:
    """Expires calls of dead workers: their outcome is unknown."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        dead = [
            CommittedCall(row.id, row.fence, row.attempt, row.customer_id, row.webhook, {})
            for row in await webhook_calls.lock_abandoned_calls(connection, BATCH_SIZE)
        ]
        instants = await clock.read_instants(connection)
        specs = deps.catalogue.project.webhooks
        gone = Unknown("whoever called it is gone")
        rows = [build_outcome_row(call, gone, specs.get(call.webhook), now=instants.of(call.customer)) for call in dead]
        await webhook_calls.settle_calls(connection, rows)
    return Counter(row["status"] for row in rows)
