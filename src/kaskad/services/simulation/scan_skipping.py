"""Skips entrance scans that cannot find any customer, because otherwise simulating a year would take too long."""

from __future__ import annotations

from datetime import datetime, timedelta

from kaskad.domain.journeys.entry_trigger import DateTrigger, SegmentTrigger
from kaskad.domain.journeys.version import Version
from kaskad.services.decisions.entrance_scanner import DATE_LOOKAHEAD, SCAN_INTERVAL
from kaskad.services.simulation.runtime import SimulationRuntime
from kaskad.services.simulation.script import Tick
from kaskad.storage import entrance_scans

MAX_ROWS = 50_000  # customers by hours, of one query
MAX_SKIP = timedelta(days=14)


def can_skip_scans(version: Version, tick: Tick) -> bool:
    """Returns whether the journey's entrance is scanned every hour, and ticks keep to these hours."""
    return isinstance(version.journey.enter, SegmentTrigger | DateTrigger) and not (tick and SCAN_INTERVAL % tick)


async def skip_idle_scans(runtime: SimulationRuntime, quiet: datetime, people: int) -> None:
    """Postpones each scan to the first that may find a customer. Until `quiet` nothing happens to these people."""
    hours = min(MAX_SKIP // SCAN_INTERVAL, max(1, MAX_ROWS // max(people, 1)))
    async with runtime.database.transaction() as connection:
        await runtime.catalogue.refresh(connection)
        for journey, due in await entrance_scans.list_waiting_scans(connection):
            version_id, _ = runtime.catalogue.current[journey]
            enter = (await runtime.catalogue.version(connection, version_id)).version.journey.enter
            # the first that sees what happens at `quiet`
            last = due + min(hours, -((due - quiet) // SCAN_INTERVAL)) * SCAN_INTERVAL
            if last <= due:
                continue
            if isinstance(enter, DateTrigger):
                await entrance_scans.complete_round(
                    connection, journey, min(last, due + DATE_LOOKAHEAD - 2 * SCAN_INTERVAL)
                )
            elif isinstance(enter, SegmentTrigger):
                found = await entrance_scans.find_first_change(
                    connection, journey, enter.where, first=due, last=last, every=SCAN_INTERVAL
                )
                await entrance_scans.complete_round(connection, journey, found or last)
