"""Looks at entrances at which nothing happens. Those that can find nobody are left out, or a year would be long."""

from __future__ import annotations

from datetime import datetime, timedelta

from kaskad.domain.journeys.entry_trigger import DateTrigger, SegmentTrigger
from kaskad.domain.journeys.version import Version
from kaskad.services.deciding.entering import AHEAD, EVERY
from kaskad.services.rehearsal.script import Tick
from kaskad.services.rehearsal.stage import Stage
from kaskad.storage import looks

ROWS = 50_000  # customers by hours, of one question
LONGEST = timedelta(days=14)


def may_put_off(version: Version, tick: Tick) -> bool:
    """Whether the journey's entrance is looked at every hour, and ticks keep to these hours."""
    return isinstance(version.journey.enter, SegmentTrigger | DateTrigger) and not (tick and EVERY % tick)


async def put_off(stage: Stage, quiet: datetime, people: int) -> None:
    """Puts each look off to the first that may find anybody. Until `quiet` nothing happens to these people."""
    hours = min(LONGEST // EVERY, max(1, ROWS // max(people, 1)))
    async with stage.database.transaction() as connection:
        await stage.catalogue.refresh(connection)
        for journey, due in await looks.resting(connection):
            version_id, _ = stage.catalogue.current[journey]
            enter = (await stage.catalogue.version(connection, version_id)).version.journey.enter
            last = due + min(hours, -((due - quiet) // EVERY)) * EVERY  # the first that sees what happens at `quiet`
            if last <= due:
                continue
            if isinstance(enter, DateTrigger):
                await looks.rest_until(connection, journey, min(last, due + AHEAD - 2 * EVERY))
            elif isinstance(enter, SegmentTrigger):
                found = await looks.first_change(connection, journey, enter.where, due, last, EVERY)
                await looks.rest_until(connection, journey, found or last)
