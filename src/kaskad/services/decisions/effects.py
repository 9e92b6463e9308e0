"""Effects of a decision besides messages: profile updates, started journeys, webhook calls.

All of them are written in the transaction that writes the decisions, so each happens once or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from kaskad.domain.decisions.effects import CallWebhook, DecisionKind, SetAttributes, StartJourney
from kaskad.domain.events import IDENTIFY
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Mode, Reason
from kaskad.domain.own_sources import OwnSource
from kaskad.services.catalogue import Catalogue
from kaskad.services.decisions import candidates
from kaskad.services.decisions.candidates import EntryRequest
from kaskad.services.decisions.writer import DecidedEnrollment
from kaskad.storage import enrollments, notifications
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import event_store
from kaskad.storage.people import attributes

SOURCE = OwnSource.ENGINE


def webhook_call_id(enrollment: UUID, step: str) -> UUID:
    """Returns the call's fixed id, also its Idempotency-Key: an enrollment makes one call at each step."""
    return uuid5(enrollment, step)


async def apply_effects(catalogue: Catalogue, connection: Connection, decided: Sequence[DecidedEnrollment]) -> None:
    """Applies the effects of these decisions. The customers are locked."""
    await write_rows(connection, "wake_siblings", [row for result in decided for row in _left_merge_groups(result)])
    if not any(result.decision.effects for result in decided):
        return
    calls = [row for result in decided for row in _webhook_calls(result)]
    await write_rows(connection, "insert_webhook_calls", calls)
    await _set_profiles(connection, [row for result in decided for row in _profile_events(result)])
    await _start_journeys(catalogue, connection, decided)
    if calls:
        await notifications.notify_due(connection)


def _left_merge_groups(result: DecidedEnrollment) -> Iterator[dict[str, Any]]:
    before, after = result.due.enrollment, result.decision.enrollment
    if before.step in result.published.questions.together and (result.decision.ended or after.step != before.step):
        yield {"customer_id": before.customer, "journey": before.journey, "step": before.step, "at": result.at}


def _webhook_calls(result: DecidedEnrollment) -> Iterator[dict[str, Any]]:
    enrollment = result.due.enrollment
    for act in result.decision.effects:
        if isinstance(act, CallWebhook):
            yield {
                "id": webhook_call_id(result.due.uid, act.step),
                "enrollment_id": enrollment.id,
                "customer_id": enrollment.customer,
                "journey": enrollment.journey,
                "version_id": result.due.version_id,
                "step": act.step,
                "webhook": act.webhook,
                "decided_at": result.at,
            }


def _profile_events(result: DecidedEnrollment) -> Iterator[dict[str, Any]]:
    """Yields the updates as `identify` events, as a source tells them: the latest word about an attribute counts."""
    for act in result.decision.effects:
        if isinstance(act, SetAttributes):
            yield {
                "message_id": f"set:{result.due.uid}:{act.step}",
                "customer_id": result.due.enrollment.customer,
                "name": IDENTIFY,
                "source": SOURCE,
                "occurred_at": result.at,
                "received_at": result.at,
                "properties": {"traits": dict(act.values)},
            }


async def _set_profiles(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    stored = await event_store.insert_events(connection, rows)
    if not stored:
        return
    await attributes.write_told(connection, stored, SOURCE)
    await enrollments.wake_enrollments(connection, [(event.customer, IDENTIFY, event.occurred_at) for event in stored])


async def _start_journeys(catalogue: Catalogue, connection: Connection, decided: Sequence[DecidedEnrollment]) -> None:
    """Creates candidates of other journeys, enrolled by name; records where this is not possible."""
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    started: dict[str, list[tuple[DecidedEnrollment, StartJourney]]] = defaultdict(list)
    for result in decided:
        for act in result.decision.effects:
            if isinstance(act, StartJourney):
                started[act.journey].append((result, act))
    for journey, asked in sorted(started.items()):
        version_id, paused = catalogue.current.get(journey, (0, True))
        for result, act in asked:
            found = [] if paused else await _candidates(catalogue, connection, version_id, result=result, act=act)
            rows += found
            if not found:
                notes.append(_not_started(result, act, Reason.PAUSED if paused else Reason.MISSING_DATA))
    await enrollments.upsert_candidates(connection, rows)
    await write_rows(connection, "write_decisions", notes)
    if rows:
        await notifications.notify_due(connection)


async def _candidates(
    catalogue: Catalogue, connection: Connection, version_id: int, *, result: DecidedEnrollment, act: StartJourney
) -> list[dict[str, Any]]:
    published = await catalogue.version(connection, version_id)
    enter, enrollment = published.version.journey.enter, result.due.enrollment
    entries = enter.entries(enrollment.entry) if isinstance(enter, EventTrigger) else [enrollment.entry]
    id_, asked = f"start:{result.due.uid}:{act.step}", enrollment.purpose is Purpose.REQUESTED
    requests = [EntryRequest(enrollment.customer, entry, id_, result.at, result.at, asked) for entry in entries]
    found = await candidates.build_rows(connection, published, requests)
    test = {"mode": Mode.TEST, "key": f"test:{id_}"} if enrollment.mode is Mode.TEST else {}
    return [row | {"direct": True} | test for row in found]


def _not_started(result: DecidedEnrollment, act: StartJourney, reason: Reason) -> dict[str, Any]:
    enrollment = result.due.enrollment
    return {
        "enrollment_id": enrollment.id,
        "customer_id": enrollment.customer,
        "journey": enrollment.journey,
        "step": act.step,
        "kind": DecisionKind.DROPPED,
        "reason": reason,
        "facts": {"detail": act.journey},
        "at": result.at,
    }
