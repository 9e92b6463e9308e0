"""The decision runner: locks customers who are due, loads their facts, decides, and writes the result.

One transaction, without network calls. It locks in one statement and reads in the next: so it sees a purchase that
was committed while it waited for the lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Protocol

from kaskad.domain.decisions import reentry
from kaskad.domain.decisions.engine import Decision, decide
from kaskad.domain.decisions.facts import CustomerFacts, Facts, OtherEntry, Touch
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import Project
from kaskad.domain.outcome import EnrollmentStatus, Mode
from kaskad.services.decisions import effects, writer
from kaskad.services.decisions.writer import DecidedEnrollment
from kaskad.services.delivery.circuit_breaker import find_channels_down
from kaskad.services.failures.enrollment_failures import is_outage
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.failures.isolation import isolate_failures
from kaskad.services.ports import HasCatalogue, HasDatabase, HasProviders
from kaskad.storage import clock, enrollments
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import DueEnrollment
from kaskad.storage.facts.loader import load_facts
from kaskad.storage.publishing.versions import PublishedVersion

BATCH_SIZE = 250  # of one batch: its rows are locked for that long


class DecideDeps(HasDatabase, HasCatalogue, HasProviders, Protocol):
    """What deciding needs."""


@dataclass(frozen=True, slots=True)
class DecisionBatchResult:
    """What one batch did. `queued`: journey → channel → messages; `busy`: due customers that another worker has locked.

    `faults`: enrollments whose decision failed; they are retried later, or quarantined.
    """

    people: int = 0
    decided: int = 0
    entered: int = 0
    left: int = 0
    ended: int = 0
    queued: dict[str, dict[str, int]] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    busy: bool = False
    faults: int = 0

    def __add__(self, other: DecisionBatchResult) -> DecisionBatchResult:
        channels = {
            name: _sum_counts(self.queued.get(name, {}), other.queued.get(name, {}))
            for name in {**self.queued, **other.queued}
        }
        return DecisionBatchResult(
            self.people + other.people,
            self.decided + other.decided,
            self.entered + other.entered,
            self.left + other.left,
            self.ended + other.ended,
            channels,
            _sum_counts(self.held, other.held),
            self.busy or other.busy,
            self.faults + other.faults,
        )


async def decide_due(deps: DecideDeps, journey: str, *, limit: int) -> DecisionBatchResult:
    """Decides batch after batch, until `limit` customers or more were decided, or no due customer can be locked."""
    total = DecisionBatchResult()
    while total.people < limit:
        done = await decide_batch(deps, journey)
        if not done.people:
            return total if total.people else done
        total += done
    return total


async def decide_batch(deps: DecideDeps, journey: str, *, limit: int = BATCH_SIZE) -> DecisionBatchResult:
    """Decides about up to `limit` customers who are due in the journey, and about all that they have due anywhere."""
    people: list[int] = []
    try:
        async with deps.database.transaction() as connection:
            await deps.catalogue.refresh(connection)
            if deps.catalogue.current.get(journey, (0, False))[1]:
                return DecisionBatchResult()  # paused: no decisions, so no locks
            now = await clock.read_now(connection)
            people = await enrollments.lock_due_customers(connection, journey, now, limit=limit)
            if not people:
                # Nothing claimed while work is due: another worker has it. That is not the end of the work.
                return DecisionBatchResult(busy=await enrollments.has_due_enrollments(connection, journey, now))
            return await decide_customers(deps, connection, people)
    except Exception as error:
        if not people or is_outage(error):
            raise
    decided, faults = await isolate_failures(deps, people, partial(decide_customers, deps))
    return sum(decided, DecisionBatchResult(faults=faults))


async def decide_customers(
    deps: DecideDeps, connection: Connection, people: Sequence[int], *, only: int | None = None
) -> DecisionBatchResult:
    """Decides about these customers, whose rows this transaction has locked in an earlier statement.

    With `only`, decides about that one of their enrollments.
    """
    instants = await clock.read_instants(connection)  # after the lock: later than everything that was committed before
    due = await enrollments.load_due_enrollments(connection, people, instants, only=only)
    published = {
        due_enrollment.enrollment.id: await deps.catalogue.version(connection, due_enrollment.version_id)
        for due_enrollment in due
    }
    asked = {id_: version.questions for id_, version in published.items()}
    due = await enrollments.resolve_quiet_times(connection, due, asked, instants=instants)
    project = deps.catalogue.project
    facts = await load_facts(
        connection, [due_enrollment.enrollment for due_enrollment in due], asked, instants=instants, project=project
    )
    if down := await find_channels_down(connection, project, deps.providers):
        facts = {id_: replace(known, down=down) for id_, known in facts.items()}
    decided = [
        result
        for customer, group in groupby(due, key=lambda due_enrollment: due_enrollment.enrollment.customer)
        for result in decide_customer(list(group), published, facts, now=instants.of(customer), project=project)
    ]
    await writer.write_decisions(connection, decided, deps.catalogue.generation)
    await effects.apply_effects(deps.catalogue, connection, decided)
    await failpoint(Failpoint.DECIDING)
    return _batch_result(people, decided)


def decide_customer(
    due: Sequence[DueEnrollment],
    published: dict[int, PublishedVersion],
    facts: dict[int, Facts],
    *,
    now: datetime,
    project: Project,
) -> list[DecidedEnrollment]:
    """Decides about one customer, best enrollment first: each message counts in the caps of the next decision."""
    decided: list[DecidedEnrollment] = []
    person: CustomerFacts | None = None
    for due_enrollment in due:
        version = published[due_enrollment.enrollment.id]
        known = facts[due_enrollment.enrollment.id]
        live = due_enrollment.enrollment.mode is Mode.LIVE
        if person is not None and live:
            contacts = known.person.contacts  # an address may refuse the messages of one journey alone
            known = replace(known, person=replace(person, contacts=contacts))
        decision = decide(version.version, due_enrollment.enrollment, known, now=now, project=project)
        decided.append(DecidedEnrollment(due_enrollment, version, decision, known, now))
        if live:
            person = _person_after(known.person, decision)
            if version.questions.limits_reentry:
                person = replace(person, entries=_entries_after(person.entries, known.attempts, decision))
    return decided


def _sum_counts(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}


def _entries_after(
    entries: Sequence[OtherEntry], attempts: reentry.AttemptsByStep, decision: Decision
) -> tuple[OtherEntry, ...]:
    """Returns the entries that take a turn after this decision, as the next batch would load them."""
    own, queue = decision.enrollment, decision.queue
    others = tuple(other for other in entries if other.id != own.id)
    wrote = queue is not None or reentry.has_sent(attempts, decision.abandoned_steps)
    if not wrote and own.status is not EnrollmentStatus.ACTIVE:
        return others
    before = next((frozenset(other.together) for other in entries if other.id == own.id), frozenset[int]())
    together = before.union((queue and queue.together) or ())
    return (*others, OtherEntry(own.id, own.journey, own.key, own.entered_at, wrote, own.step, together))


def _person_after(person: CustomerFacts, decision: Decision) -> CustomerFacts:
    queue = decision.queue
    if queue is None or queue.purpose is not Purpose.MARKETING:
        return person
    return replace(person, touches=(*person.touches, Touch(queue.counts_on, queue.topic, queue.sender)))


def _batch_result(people: Sequence[int], decided: Sequence[DecidedEnrollment]) -> DecisionBatchResult:
    queued: dict[str, dict[str, int]] = {}
    held: dict[str, int] = {}
    entered = left = ended = 0
    for result in decided:
        decision = result.decision
        if decision.queue:
            channels = queued.setdefault(result.due.enrollment.journey, {})
            channels[decision.queue.channel] = channels.get(decision.queue.channel, 0) + 1
        for note in decision.notes:
            entered += note.kind == "entered"
            left += note.kind == "left"
            if note.kind in ("held", "dropped", "refused", "left") and note.reason:
                held[note.reason] = held.get(note.reason, 0) + 1
        ended += decision.ended
    return DecisionBatchResult(len(people), len(decided), entered, left, ended, queued, held)
