"""Reads the waits of a journey: for a time (`wait`), or until something happens (`wait_for`)."""

from __future__ import annotations

import re
from calendar import day_name

from kaskad.config.journey_files.comparisons import TYPE_NAMES
from kaskad.config.journey_files.conditions import read_event_keys, read_message_state
from kaskad.config.journey_files.scope import Scope
from kaskad.config.journey_files.vocabulary import is_path
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import join_with_or, unknown_name
from kaskad.config.yaml.quantities import parse_clock, parse_duration, read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import EventMatch, MessageState, PathRef, ValueType
from kaskad.domain.journeys.step import MessageMatch
from kaskad.domain.journeys.wait_until import ENTER_PATH, Until, UntilClockTime, UntilRelativeTime

CLOCK = re.compile(r'(?:(?P<day>[A-Za-z]+) )?(?P<quote>"?)(?P<at>\d{1,2}:\d{2})(?P=quote)\Z', re.ASCII)
MOMENT = re.compile(r"(?P<by>.+?) (?P<side>after|before) (?P<path>\S+)\Z")
DAYS = tuple(day_name[number].lower() for number in range(7))
UNTIL_HINT = 'write one like "10:00", saturday "11:00", 72h after enter or 7d before event.starts_at'
BIRTHDAY = "customer.birthday"
Awaited = tuple[EventMatch | None, MessageMatch | None, Duration]


def read_wait(node: Node, scope: Scope) -> tuple[Duration | None, Until | None]:
    """A duration (`24h`, `1 day`), or an instant (`{until: 72h after enter}`): one of the two is None."""
    if not isinstance(node.value, dict):
        return read_duration(node), None
    record = Record(node)
    until = record.need("until", lambda it: _until(it, scope), "until when, like 72h after enter")
    record.done()
    return None, until


def read_wait_for(node: Node, scope: Scope) -> Awaited:
    """An event (`{when: …, up_to: 5d}`) or a message (`{message: …, was: clicked, up_to: 5d}`); the other is None."""
    record = Record(node)
    up_to = record.need("up_to", read_duration, "how long at the most, like 5d")
    if not record.has("message"):
        when, same, where = read_event_keys(record, scope)
        record.done()
        return EventMatch(when=when, same=same, where=where), None, up_to
    message = record.need("message", scope.sent_message, "the name of a message")
    was = record.need("was", read_message_state, join_with_or(MessageState))
    record.done()
    return None, MessageMatch(message=message, was=was), up_to


def _until(node: Node, scope: Scope) -> Until:
    said = read_text(node)
    if found := CLOCK.match(said):
        return UntilClockTime(at=parse_clock(node, found["at"]), weekday=_weekday(node, found["day"]))
    if found := MOMENT.match(said):
        return _moment(node, found, scope)
    if said.lower() in DAYS:
        raise node.error(f'at what hour of {said}? Write one like {said} "10:00"')
    raise node.error(f"{node.said} is no time to wait until: {UNTIL_HINT}")


def _weekday(node: Node, said: str | None) -> int | None:
    if said is None:
        return None
    if said.lower() not in DAYS:
        raise node.error(unknown_name("day", said, DAYS))
    return DAYS.index(said.lower())


def _moment(node: Node, found: re.Match[str], scope: Scope) -> UntilRelativeTime:
    by, side, path = found["by"], found["side"], found["path"]
    length = _days(node, by, scope) if is_path(by) else parse_duration(node, by)
    if path == ENTER_PATH and side == "before":
        raise node.error(f"'{found[0]}' is past when the customer enters: write {by} after enter")
    kind = _type(node, path, scope)
    if kind not in (ValueType.TIME, ValueType.DATE):
        raise node.error(f"'{path}' is {TYPE_NAMES[kind]}, not a time or a date")
    if path == BIRTHDAY:
        raise node.error(f"'{path}' was long ago: for each year's write enter: {{date: {path}, every: year, …}}")
    return UntilRelativeTime.model_validate({"by": length, "side": side, "path": path, "type": kind})


def _days(node: Node, path: str, scope: Scope) -> PathRef:
    kind = _type(node, path, scope)
    if kind is not ValueType.NUMBER:
        raise node.error(f"'{path}' is {TYPE_NAMES[kind]}, not a number of days")
    return PathRef(path=path)


def _type(node: Node, path: str, scope: Scope) -> ValueType:
    kind = scope.vocabulary.type_of(path)
    if kind is None:
        raise node.error(unknown_name("path", path, scope.vocabulary.paths(path)))
    return kind
