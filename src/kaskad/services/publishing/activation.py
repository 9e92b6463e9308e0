"""Activates a version and moves enrollments to it, under the lock of publishing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from kaskad.domain.journeys.diff import END_STEP
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.step import CallStep, SendStep, Step
from kaskad.services.decisions import entrance_scanner
from kaskad.services.publishing.plan import JourneyPlan
from kaskad.storage import notifications
from kaskad.storage.database import Connection
from kaskad.storage.publishing import version_migration, versions
from kaskad.storage.publishing.version_migration import StepMapping, VersionMigration
from kaskad.storage.publishing.versions import PublishedVersion


async def activate_version(connection: Connection, plan: JourneyPlan, to: PublishedVersion, *, now: datetime) -> None:
    """Makes the version current; the enrollments that follow move to it and are due at once.

    They stay at a step that still exists. From a removed step they go where the plan says; its messages that were not
    sent are taken back, and those that were sent count for the new step: no channel is used again.
    """
    await versions.activate_version(connection, plan.name, to.id)
    await entrance_scanner.schedule_scan(connection, to, now)
    older = [version.id for version in plan.follow]
    if not older:
        return
    await version_migration.lock_enrollments(connection, plan.name, older)
    gone = sorted({migration.step for migration in plan.stood if migration.step and migration.to})
    await version_migration.withdraw_messages(connection, plan.name, older, gone=gone, now=now)
    for old in plan.follow:
        await version_migration.migrate_enrollments(connection, _migration(old, to, plan.moved), to, now=now)
    await version_migration.migrate_fanouts(connection, plan.name, older, version_id=to.id)
    await notifications.notify_due(connection)


def _migration(old: PublishedVersion, to: PublishedVersion, moved: Mapping[str, str]) -> VersionMigration:
    before, after = old.version.program.nodes, to.version.program.nodes
    paths = [
        _step_migration(step, before[step].step, None if new == END_STEP else after[new].step, new_id=new)
        for step, new in sorted(moved.items())
        if step in before
    ]
    names = {step: new for step, new in moved.items() if new != END_STEP}
    return VersionMigration(
        old.id, tuple(paths), names, _quiet_time(to.version.journey) - _quiet_time(old.version.journey)
    )


def _step_migration(id_: str, old: Step, new: Step | None, *, new_id: str) -> StepMapping:
    """Returns the mapping: for steps of one kind, time at the old one counts at the new one. Else it begins now."""
    if new is None:
        return StepMapping(id_, None, keeps=False, spoke=False)
    return StepMapping(id_, new_id, keeps=old.kind == new.kind, spoke=isinstance(old, SendStep | CallStep))


def _quiet_time(journey: Journey) -> timedelta:
    enter = journey.enter
    return enter.quiet_for.shortest if isinstance(enter, EventTrigger) else timedelta()
