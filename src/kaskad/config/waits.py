"""How a journey waits: for a time (`wait`), or for something to happen (`wait_for`)."""

from __future__ import annotations

import re
from calendar import day_name

from kaskad.config.comparisons import NAMED
from kaskad.config.conditions import event_keys, message_state
from kaskad.config.node import Node
from kaskad.config.quantities import clock_of, duration, duration_of
from kaskad.config.record import Record
from kaskad.config.scalars import text
from kaskad.config.scope import Scope
from kaskad.config.vocabulary import is_path
from kaskad.config.wording import either, unknown
from kaskad.domain.condition import EventMatch, MessageState, PathRef, ValueType
from kaskad.domain.model import Duration
from kaskad.domain.moment import ENTER, AtClock, AtMoment, Until
from kaskad.domain.step import MessageMatch

CLOCK = re.compile(r'(?:(?P<day>[A-Za-z]+) )?(?P<quote>"?)(?P<at>\d{1,2}:\d{2})(?P=quote)\Z', re.ASCII)
MOMENT = re.compile(r"(?P<by>.+?) (?P<side>after|before) (?P<path>\S+)\Z")
DAYS = tuple(day_name[number].lower() for number in range(7))
UNTIL = 'write one like "10:00", saturday "11:00", 72h after enter or 7d before event.starts_at'
BIRTHDAY = "customer.birthday"
Awaited = tuple[EventMatch | None, MessageMatch | None, Duration]


def wait(node: Node, scope: Scope) -> tuple[Duration | None, Until | None]:
    """For so long (`24h`, `1 day`), or until then (`{until: 72h after enter}`): one of the two is None."""
    if not isinstance(node.value, dict):
        return duration(node), None
    record = Record(node)
    until = record.need("until", lambda it: _until(it, scope), "until when, like 72h after enter")
    record.done()
    return None, until


def wait_for_keys(node: Node, scope: Scope) -> Awaited:
    """An event (`{when: …, up_to: 5d}`) or a message (`{message: …, was: clicked, up_to: 5d}`); the other is None."""
    record = Record(node)
    up_to = record.need("up_to", duration, "how long at the most, like 5d")
    if not record.has("message"):
        when, same, where = event_keys(record, scope)
        record.done()
        return EventMatch(when=when, same=same, where=where), None, up_to
    message = record.need("message", scope.sent_message, "the name of a message")
    was = record.need("was", message_state, either(MessageState))
    record.done()
    return None, MessageMatch(message=message, was=was), up_to


def _until(node: Node, scope: Scope) -> Until:
    said = text(node)
    if found := CLOCK.match(said):
        return AtClock(at=clock_of(node, found["at"]), weekday=_weekday(node, found["day"]))
    if found := MOMENT.match(said):
        return _moment(node, found, scope)
    if said.lower() in DAYS:
        raise node.wrong(f'at what hour of {said}? Write one like {said} "10:00"')
    raise node.wrong(f"{node.said} is no time to wait until: {UNTIL}")


def _weekday(node: Node, said: str | None) -> int | None:
    if said is None:
        return None
    if said.lower() not in DAYS:
        raise node.wrong(unknown("day", said, DAYS))
    return DAYS.index(said.lower())


def _moment(node: Node, found: re.Match[str], scope: Scope) -> AtMoment:
    by, side, path = found["by"], found["side"], found["path"]
    length = _days(node, by, scope) if is_path(by) else duration_of(node, by)
    if path == ENTER and side == "before":
        raise node.wrong(f"'{found[0]}' is past when the customer enters: write {by} after enter")
    kind = _type(node, path, scope)
    if kind not in (ValueType.TIME, ValueType.DATE):
        raise node.wrong(f"'{path}' is {NAMED[kind]}, not a time or a date")
    if path == BIRTHDAY:
        raise node.wrong(f"'{path}' was long ago: for each year's write enter: {{date: {path}, every: year, …}}")
    return AtMoment.model_validate({"by": length, "side": side, "path": path, "type": kind})


def _days(node: Node, path: str, scope: Scope) -> PathRef:
    kind = _type(node, path, scope)
    if kind is not ValueType.NUMBER:
        raise node.wrong(f"'{path}' is {NAMED[kind]}, not a number of days")
    return PathRef(path=path)


def _type(node: Node, path: str, scope: Scope) -> ValueType:
    kind = scope.vocabulary.type_of(path)
    if kind is None:
        raise node.wrong(unknown("path", path, scope.vocabulary.paths(path)))
    return kind
