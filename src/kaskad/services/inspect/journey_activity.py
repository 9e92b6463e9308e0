"""The activity of a published journey: its diagram, how many customers are at each step, and what happened lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from kaskad.domain.journeys.journey import Journey
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, entrance_scans
from kaskad.storage.entrance_scans import FailingScan
from kaskad.storage.queries import query

ACTIVITY_WINDOW = timedelta(days=7)


class InspectDeps(HasDatabase, HasCatalogue, Protocol):
    """What inspecting needs."""


@dataclass(frozen=True, slots=True)
class StepActivity:
    """One step: how many customers are there now, and how many passed it, got a message, and left from it in a week."""

    here: int = 0
    passed: int = 0
    sent: int = 0
    left: int = 0

    def words(self) -> str:
        """Returns what happened lately: "7 days: 340 passed, 300 sent, 21 left"; "" if nothing did."""
        counts = (("passed", self.passed), ("sent", self.sent), ("left", self.left))
        said = ", ".join(f"{count:,} {label}" for label, count in counts if count)
        return f"{ACTIVITY_WINDOW.days} days: {said}" if said else ""


@dataclass(frozen=True, slots=True)
class JourneyActivity:
    """The current version, and figures of each step; of steps of older versions too, while customers are there.

    `failing` is the scan of its entrance, if that fails.
    """

    journey: Journey
    version: int
    steps: Mapping[str, StepActivity]
    failing: FailingScan | None = None


async def load_activity(deps: InspectDeps, journey: str) -> JourneyActivity:
    """Returns the journey's activity, counted in one query. Raises NotFound for a journey that is not published."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        published = await deps.catalogue.current_of(connection, journey)
        name = published.version.journey.name
    async with deps.database.transaction() as connection:
        since = await clock.read_now(connection) - ACTIVITY_WINDOW
        cursor = await connection.execute(query("step_activity"), {"journey": name, "since": since})
        rows = await cursor.fetchall()
        failing = (await entrance_scans.list_failing_scans(connection)).get(name)
    steps = {row.pop("step"): StepActivity(**row) for row in rows}
    now = published.version.program.nodes
    kept = {id_: activity for id_, activity in steps.items() if activity.here or id_ in now}
    return JourneyActivity(published.version.journey, published.number, kept, failing)
