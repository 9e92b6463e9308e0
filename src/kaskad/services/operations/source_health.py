"""Sources: which are silent although they are open, and what of theirs is rejected. Their owners are told.

One e-mail for each silence, for the first event of each kind that is rejected, for a day on which far more are rejected
than before; and a digest of the day before, if anything was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.freshness import is_stale
from kaskad.domain.decisions.local_time import is_open, local_date
from kaskad.domain.journeys.project import Project, Source
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, source_alerts
from kaskad.storage.database import Connection
from kaskad.storage.importing import runs
from kaskad.storage.importing.runs import ImportRun
from kaskad.storage.source_alerts import FEED_FAILED, RejectCount, SourceAlert

SILENT, REJECTED, JUMP, DIGEST = "silent", "rejected", "reject_jump", "reject_digest"
IMPORT = "import_stopped"
QUIET_DAYS = 7  # without a reject of a kind: the next one is told as the first
DIGEST_HOUR = 8  # of the shop's day
JUMP_COUNT, JUMP_TIMES = 20, 5  # so many events on a day, and so many times the usual number
SourceCondition = Literal["heard", "silent", "closed", "never heard"]


class SourceHealthDeps(HasDatabase, HasCatalogue, Protocol):
    """What this needs."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source. `rejected` are today's counts by code, `rejected_before` those of the seven days before.

    `condition`: silent is longer than it may be; closed is a silence that counts for nothing, at this hour.
    """

    name: str
    title: str
    owner: str
    condition: SourceCondition
    last_heard: datetime | None
    silent_after: timedelta | None
    rejected: Mapping[str, int] = field(default_factory=dict)
    rejected_before: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Outlook:
    """Everything that is judged, at one instant; `counts` are those of today and of the seven days before."""

    project: Project
    now: datetime
    today: date
    last_heard: Mapping[str, datetime]
    counts: Sequence[RejectCount]


async def list_sources(deps: SourceHealthDeps) -> list[SourceState]:
    """The sources of the files, as published last, and those that others are heard of by."""
    async with deps.database.transaction() as connection:
        outlook = await _load(deps, connection)
    known = outlook.project.all_sources()
    names = [*known, *sorted((outlook.last_heard.keys() | {count.source for count in outlook.counts}) - known.keys())]
    return [_state(known.get(name) or Source(name=name, title=name), outlook) for name in names]


async def check_sources(deps: SourceHealthDeps) -> int:
    """Opens and closes the alerts about sources; returns how many were opened. To be called again and again."""
    async with deps.database.transaction() as connection:
        outlook = await _load(deps, connection)
        open_ = await source_alerts.load_open(connection)
        imports = [run for run in await runs.list_open(connection) if run.is_stopped]
        wanted = [*_silences(outlook), *_jumps(outlook), *_digests(outlook), *map(_stopped_import, imports)]
        there = {(alert.kind, alert.reason) for alert in open_}
        missing = [row for row in wanted if (row["kind"], row["reason"]) not in there]
        await source_alerts.open_alerts(connection, missing, outlook.now)
        await source_alerts.close_alerts(
            connection, [alert for alert in open_ if _is_over(alert, outlook, imports)], outlook.now
        )
    return len(missing)


async def _load(deps: SourceHealthDeps, connection: Connection) -> _Outlook:
    await deps.catalogue.refresh(connection)
    project, now = deps.catalogue.project, await clock.read_now(connection)
    today = local_date(now, ZoneInfo(project.shop.time_zone))
    counts = await source_alerts.load_reject_counts(connection, today - timedelta(days=QUIET_DAYS))
    return _Outlook(project, now, today, await source_alerts.load_last_heard(connection), counts)


def _state(source: Source, outlook: _Outlook) -> SourceState:
    today: dict[str, int] = {}
    before: dict[str, int] = defaultdict(int)
    for count in outlook.counts:
        if count.source == source.name and count.day == outlook.today:
            today[count.code] = count.count
        elif count.source == source.name:
            before[count.code] += count.count
    return SourceState(
        source.name,
        source.title or source.name,
        source.owner,
        _condition(source, outlook),
        outlook.last_heard.get(source.name),
        source.silent_after.longest if source.silent_after else None,
        today,
        dict(before),
    )


def _condition(source: Source, outlook: _Outlook) -> SourceCondition:
    heard = outlook.last_heard.get(source.name)
    zone = ZoneInfo(source.time_zone or outlook.project.shop.time_zone)
    if heard is None:
        return "never heard"
    if source.silent_after and is_stale(heard, source.silent_after.longest, source.open, zone=zone, now=outlook.now):
        return "silent"
    if source.open and not is_open(source.open, outlook.now, zone):
        return "closed"
    return "heard"


def _silences(outlook: _Outlook) -> Iterator[dict[str, Any]]:
    for source in outlook.project.all_sources().values():
        if _condition(source, outlook) == "silent":
            since = outlook.last_heard[source.name].astimezone(ZoneInfo(outlook.project.shop.time_zone))
            text = f"Its last event came at {since:%H:%M on %Y-%m-%d} ({outlook.project.shop.time_zone})."
            yield {"kind": SILENT, "reason": source.name, "text": text, "count": 1}


def _jumps(outlook: _Outlook) -> Iterator[dict[str, Any]]:
    before: dict[tuple[str, str], int] = defaultdict(int)
    for count in outlook.counts:
        before[count.source, count.code] += count.count if count.day < outlook.today else 0
    for count in outlook.counts:
        usual = before[count.source, count.code] / QUIET_DAYS
        if count.day == outlook.today and count.count >= JUMP_COUNT and count.count > JUMP_TIMES * usual:
            text = f"{count.count:,} today, {usual:,.0f} on a day of the week before."
            yield {"kind": JUMP, "reason": f"{count.source}:{count.code}", "text": text, "count": count.count}


def _digests(outlook: _Outlook) -> Iterator[dict[str, Any]]:
    """Yields yesterday's digests, in the morning."""
    if outlook.now.astimezone(ZoneInfo(outlook.project.shop.time_zone)).hour < DIGEST_HOUR:
        return
    yesterday = outlook.today - timedelta(days=1)
    of_source: dict[str, list[RejectCount]] = defaultdict(list)
    for count in outlook.counts:
        if count.day == yesterday:
            of_source[count.source].append(count)
    for source, counts in of_source.items():
        text = "\n".join(f"{count.code}: {count.count:,}" for count in sorted(counts, key=lambda count: -count.count))
        total = sum(count.count for count in counts)
        yield {"kind": DIGEST, "reason": f"{source}:{yesterday}", "text": text, "count": total}


def _stopped_import(run: ImportRun) -> dict[str, Any]:
    """The alert about an import whose process died: until somebody goes on with it, nobody enters by a segment."""
    rows = f"{run.counts.get('rows', 0):,} rows are done"
    text = f"It began at {run.began_at:%H:%M on %Y-%m-%d} (UTC), and was last heard of at {run.heard_at:%H:%M}: {rows}."
    return {"kind": IMPORT, "reason": _import_reason(run), "text": text, "count": 1}


def _import_reason(run: ImportRun) -> str:
    return f"{run.source}:{run.kind} {run.id}"


def _is_over(alert: SourceAlert, outlook: _Outlook, imports: Sequence[ImportRun]) -> bool:
    """Whether nothing of it goes on. A source that is closed for the night is not heard of by that."""
    source, _, about = alert.reason.partition(":")
    if alert.kind == IMPORT:
        return alert.reason not in {_import_reason(run) for run in imports}
    if alert.kind == SILENT:
        heard = outlook.last_heard.get(source)
        return source not in outlook.project.all_sources() or (heard is not None and heard >= alert.first_at)
    if alert.kind == FEED_FAILED:  # whoever reads it to its end closes it
        return source not in outlook.project.feeds
    if alert.kind == DIGEST:
        return about < str(outlook.today - timedelta(days=1))
    if alert.kind == REJECTED:
        return all((count.source, count.code) != (source, about) for count in outlook.counts)
    return outlook.today > local_date(alert.first_at, ZoneInfo(outlook.project.shop.time_zone))
