"""Replay: makes decisions again with today's engine, from their stored inputs, and reports different results."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.engine import Decision, decide
from kaskad.domain.decisions.snapshot import from_microseconds
from kaskad.domain.journeys.project import Project
from kaskad.services.explaining.decision_texts import load_evidence
from kaskad.services.inspect.journey_activity import InspectDeps
from kaskad.services.naming import find_person
from kaskad.services.wording import join_words
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

BATCH_SIZE = 500  # enrollments that are read at once
BY_HAND = (DecisionKind.QUARANTINED, DecisionKind.RELEASED)  # these were not decided by the engine
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One decision that has a different result today; both in words."""

    enrollment: int
    customer: int
    journey: str
    at: datetime
    then: str
    now: str


@dataclass(slots=True)
class ReplayResult:
    """How many decisions were made again, how many could not be (their inputs are not kept), and the differences."""

    decisions: int = 0
    unrecorded: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _DecisionOutcome:
    """The result of a decision: its entries, the state of the enrollment afterwards, and until when."""

    notes: tuple[str, ...]
    status: str
    step: str | None
    until: datetime | None

    def words(self) -> str:
        stands = f"{self.status}, at {self.step}" if self.step else self.status
        until = f", until {self.until.isoformat(timespec='seconds')}" if self.until else ""
        return f"{join_words(self.notes) or 'nothing noted'}; then {stands}{until}"


async def replay(
    deps: InspectDeps, customer: str | None = None, journey: str | None = None, *, since: datetime | None = None
) -> ReplayResult:
    """Makes decisions again: of one customer or of all, of one journey or of all, since then or ever.

    Raises NotFound for an unknown customer or journey, SeveralPeople for several.
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        name = (await deps.catalogue.current_of(connection, journey)).version.journey.name if journey else None
        found = None
        if customer:
            found = (await find_person(connection, customer, deps.catalogue.project, any_kind=True)).customer
    result, files = ReplayResult(), dict[int, Project]()
    async for rows in _histories(deps, found, name, since=since):
        async with deps.database.transaction() as connection:
            for decision in _decisions(rows):
                await _decide_again(deps, connection, decision, files=files, result=result)
    return result


async def _histories(
    deps: InspectDeps, customer: int | None, journey: str | None, *, since: datetime | None
) -> AsyncIterator[Sequence[Row]]:
    after, asked = 0, {"customer": customer, "journey": journey, "since": since, "limit": BATCH_SIZE}
    while True:
        async with deps.database.transaction() as connection:
            cursor = await connection.execute(query("replay_enrollments"), {**asked, "after": after})
            ids = [row["id"] for row in await cursor.fetchall()]
            if not ids:
                return
            params = {"enrollments": ids, "since": since}
            rows = await (await connection.execute(query("replay_decisions"), params)).fetchall()
        yield rows
        after = ids[-1]


def _decisions(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yields the rows of each decision together: the first has its inputs. Leaves out what people did by hand."""
    found: list[Row] = []
    for row in rows:
        if row["kind"] in BY_HAND:
            continue
        if found and (row["seen"] is not None or row["id"] != found[0]["id"] or row["at"] != found[0]["at"]):
            yield found
            found = []
        found.append(row)
    if found:
        yield found


async def _decide_again(
    deps: InspectDeps, connection: Connection, rows: Sequence[Row], *, files: dict[int, Project], result: ReplayResult
) -> None:
    first = rows[0]
    evidence = await load_evidence(deps.catalogue, connection, first, enrollment=first, files=files)
    if evidence is None:
        result.unrecorded += 1
        return
    inputs = evidence.inputs
    decision = decide(evidence.version, inputs.enrollment, inputs.facts, now=evidence.at, project=evidence.project)
    then, now = _as_recorded(rows), _as_decided(decision)
    result.decisions += 1
    if then != now:
        about = (first["id"], first["customer_id"], first["journey"], first["at"])
        result.differences.append(Difference(*about, then.words(), now.words()))


def _as_recorded(rows: Sequence[Row]) -> _DecisionOutcome:
    status, step, due_at = rows[0]["seen"]["to"]
    notes = tuple(_entry_text(row["kind"], row["noted_at"], row["why"], detail=row["facts"]) for row in rows)
    return _build_outcome(notes, status, step, due_at=from_microseconds(due_at))


def _as_decided(decision: Decision) -> _DecisionOutcome:
    after = decision.enrollment
    notes = tuple(_entry_text(note.kind, note.step, note.reason, detail=dict(note.detail)) for note in decision.notes)
    return _build_outcome(notes, after.status, after.step, due_at=after.due_at)


def _build_outcome(notes: tuple[str, ...], status: str, step: str | None, *, due_at: datetime) -> _DecisionOutcome:
    lives = status in ("candidate", "active")
    return _DecisionOutcome(notes, str(status), step, due_at if lives else None)


def _entry_text(kind: str, step: str | None, reason: str | None, *, detail: Any) -> str:
    facts = json.dumps(detail, sort_keys=True, default=str) if detail else ""
    return " ".join(part for part in (str(kind), step or "", f"({reason})" if reason else "", facts) if part)
