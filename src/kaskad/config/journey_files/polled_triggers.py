"""Reads polled entry triggers (segment, date, schedule): no event triggers them, a scan finds who enters."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from kaskad.config.journey_files.conditions import read_conditions
from kaskad.config.journey_files.entry_keys import AGAIN_AFTER_HINT, once_per, read_again_after
from kaskad.config.journey_files.scope import Scope
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.quantities import read_clock, read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import one_of, read_text
from kaskad.config.yaml.time_zones import read_time_zone
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.entry_trigger import DateTrigger, ScheduleTrigger, SegmentTrigger

SECONDS_PER_DAY = 86_400
ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # the start makes no difference when a schedule is read
MAX_DAYS = 366
SEGMENT_HINT = "the name of a segment of configs/segments.yaml"
CRON_HINT = '"0 10 * * 1" is every Monday at 10:00'


def read_segment_trigger(node: Node, scope: Scope) -> SegmentTrigger:
    """Customers who enter the segment; its conditions are copied, and stay with the version."""
    record = Record(node)
    segment = record.need("segment", scope.catalogs.segments.name, SEGMENT_HINT)
    parts = _read_shared_keys(record, scope)
    record.done()
    return SegmentTrigger.model_validate({"segment": segment, "where": _segment_conditions(segment, scope), **parts})


def read_schedule_trigger(node: Node, scope: Scope) -> ScheduleTrigger:
    """All customers in the segment, at each time of the schedule."""
    record = Record(node)
    ticks = record.need("schedule", lambda it: _read_schedule(it, scope), f"when, like {{cron: …}}: {CRON_HINT}")
    segment = record.need("segment", scope.catalogs.segments.name, SEGMENT_HINT)
    parts = _read_shared_keys(record, scope)
    record.done()
    cron, where = ticks
    inside = _segment_conditions(segment, scope)
    return ScheduleTrigger.model_validate({"cron": cron, "zone": where, "segment": segment, "where": inside, **parts})


def read_date_trigger(node: Node, scope: Scope) -> DateTrigger:
    """A date of the customer."""
    record = Record(node)
    date = record.need("date", lambda it: _read_date(it, scope), "a date of the customer's, like customer.birthday")
    said = {
        "every": record.get("every", one_of("value", ["year"]), None),
        "days_before": record.get("before", _read_days, 0),
        "at": record.need("at", read_clock, 'the hour of the customer\'s own day, like "10:00"'),
        "feb_29": record.get("feb_29", one_of("value", ["feb_28", "mar_1"]), "feb_28"),
    }
    if record.has("feb_29") and not record.has("every"):
        record.error(record.at("feb_29"), "'feb_29' is for what comes every year: add 'every: year', or leave it out")
    parts = _read_shared_keys(record, scope)
    record.done()
    path, kind = date
    return DateTrigger.model_validate({"date": path, "type": kind, **said, **parts})


def _read_shared_keys(record: Record, scope: Scope) -> dict[str, object]:
    return {
        "if": record.get("if", lambda it: read_conditions(it, scope), ()),
        "once_per": record.get("once_per", lambda it: once_per(it, scope), ()),
        "again_after": record.need("again_after", read_again_after, AGAIN_AFTER_HINT),
    }


def _segment_conditions(segment: str, scope: Scope) -> object:
    return scope.catalogs.segments.items[segment]


def _read_date(node: Node, scope: Scope) -> tuple[str, ValueType]:
    said = read_text(node)
    kind = scope.vocabulary.type_of(said)
    if kind is None or not said.startswith("customer."):
        dates = [path for path in scope.vocabulary.paths("customer.") if _is_date(scope.vocabulary.type_of(path))]
        raise node.error(unknown_name("date of the customer's", said, dates))
    if not _is_date(kind):
        raise node.error(f"'{said}' is neither a date nor a time")
    return said, kind


def _is_date(kind: ValueType | None) -> bool:
    return kind in (ValueType.DATE, ValueType.TIME)


def _read_days(node: Node) -> int:
    """Whole days: the date is a calendar day, and the time is in `at`."""
    said = read_duration(node)
    days, rest = divmod(said.seconds, SECONDS_PER_DAY)
    if rest or days + said.days > MAX_DAYS:
        raise node.error(f"{node.said} is not a number of days up to {MAX_DAYS}: write 7d, and the hour in 'at'")
    return days + said.days


def _read_schedule(node: Node, scope: Scope) -> tuple[str, str]:
    """`{cron: …, zone: …}`, or only the cron, in the shop's zone."""
    usual = scope.catalogs.shop.time_zone
    if not isinstance(node.value, dict):
        return _read_cron(node), usual
    record = Record(node)
    cron = record.need("cron", _read_cron, CRON_HINT)
    where = record.get("zone", read_time_zone, usual)
    record.done()
    return cron, where


def _read_cron(node: Node) -> str:
    """A cron of five fields. Raises InvalidNode if it is invalid, or has no time ever."""
    said = read_text(node)
    fault = "it has to have five fields" if len(said.split()) != 5 else None
    if fault is None:
        try:
            CronSim(said, ANY_TIME)
        except CronSimError as error:
            fault = str(error).lower()
    if fault:
        raise node.error(f"{node.said} is not a schedule ({fault}): {CRON_HINT}")
    return " ".join(said.split())
