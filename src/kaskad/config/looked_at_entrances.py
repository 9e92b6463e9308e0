"""Entrances at which nothing happens, so that somebody has to look: a segment, a date, the clock."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from kaskad.config.conditions import conditions
from kaskad.config.entry_keys import AGAIN, again, once_per
from kaskad.config.node import Node
from kaskad.config.quantities import clock, duration
from kaskad.config.record import Record
from kaskad.config.scalars import text, word
from kaskad.config.scope import Scope
from kaskad.config.shop_files import zone
from kaskad.config.wording import unknown
from kaskad.domain.condition import ValueType
from kaskad.domain.entrance import DateEntrance, ScheduleEntrance, SegmentEntrance

A_DAY = 86_400
SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # a schedule is read the same whenever it begins
FEW_DAYS = 366
SEGMENT = "the name of a segment of configs/segments.yaml"
CRON = '"0 10 * * 1" is every Monday at 10:00'


def by_segment(node: Node, scope: Scope) -> SegmentEntrance:
    """Whoever comes into the segment; what it says is written out, and stays with the version."""
    record = Record(node)
    segment = record.need("segment", scope.catalogs.segments.name, SEGMENT)
    parts = _shared(record, scope)
    record.done()
    return SegmentEntrance.model_validate({"segment": segment, "where": _inside(segment, scope), **parts})


def by_schedule(node: Node, scope: Scope) -> ScheduleEntrance:
    """Everybody in the segment, at each tick."""
    record = Record(node)
    ticks = record.need("schedule", lambda it: _schedule(it, scope), f"when, like {{cron: …}}: {CRON}")
    segment = record.need("segment", scope.catalogs.segments.name, SEGMENT)
    parts = _shared(record, scope)
    record.done()
    cron, where = ticks
    inside = _inside(segment, scope)
    return ScheduleEntrance.model_validate({"cron": cron, "zone": where, "segment": segment, "where": inside, **parts})


def by_date(node: Node, scope: Scope) -> DateEntrance:
    """A date of the customer's own."""
    record = Record(node)
    date = record.need("date", lambda it: _date(it, scope), "a date of the customer's, like customer.birthday")
    said = {
        "every": record.get("every", word("value", ["year"]), None),
        "days_before": record.get("before", _days, 0),
        "at": record.need("at", clock, 'the hour of the customer\'s own day, like "10:00"'),
        "feb_29": record.get("feb_29", word("value", ["feb_28", "mar_1"]), "feb_28"),
    }
    if record.has("feb_29") and not record.has("every"):
        record.wrong(record.at("feb_29"), "'feb_29' is for what comes every year: add 'every: year', or leave it out")
    parts = _shared(record, scope)
    record.done()
    path, kind = date
    return DateEntrance.model_validate({"date": path, "type": kind, **said, **parts})


def _shared(record: Record, scope: Scope) -> dict[str, object]:
    return {
        "if": record.get("if", lambda it: conditions(it, scope), ()),
        "once_per": record.get("once_per", lambda it: once_per(it, scope), ()),
        "again_after": record.need("again_after", again, AGAIN),
    }


def _inside(segment: str, scope: Scope) -> object:
    return scope.catalogs.segments.items[segment]


def _date(node: Node, scope: Scope) -> tuple[str, ValueType]:
    said = text(node)
    kind = scope.vocabulary.type_of(said)
    if kind is None or not said.startswith("customer."):
        dates = [path for path in scope.vocabulary.paths("customer.") if _is_date(scope.vocabulary.type_of(path))]
        raise node.wrong(unknown("date of the customer's", said, dates))
    if not _is_date(kind):
        raise node.wrong(f"'{said}' is neither a date nor a time")
    return said, kind


def _is_date(kind: ValueType | None) -> bool:
    return kind in (ValueType.DATE, ValueType.TIME)


def _days(node: Node) -> int:
    """Whole days: what counts is the calendar, and the hour stands in `at`."""
    said = duration(node)
    days, rest = divmod(said.seconds, A_DAY)
    if rest or days + said.days > FEW_DAYS:
        raise node.wrong(f"{node.said} is not a number of days up to {FEW_DAYS}: write 7d, and the hour in 'at'")
    return days + said.days


def _schedule(node: Node, scope: Scope) -> tuple[str, str]:
    """`{cron: …, zone: …}`, or the cron alone, in the shop's own zone."""
    usual = scope.catalogs.shop.time_zone
    if not isinstance(node.value, dict):
        return _cron(node), usual
    record = Record(node)
    cron = record.need("cron", _cron, CRON)
    where = record.get("zone", zone, usual)
    record.done()
    return cron, where


def _cron(node: Node) -> str:
    """Five fields. Raises what the clock cannot tick by, or never would."""
    said = text(node)
    fault = "it has to have five fields" if len(said.split()) != 5 else None
    if fault is None:
        try:
            CronSim(said, SOME_TIME)
        except CronSimError as error:
            fault = str(error).lower()
    if fault:
        raise node.wrong(f"{node.said} is not a schedule ({fault}): {CRON}")
    return " ".join(said.split())
