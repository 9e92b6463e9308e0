"""How a journey waits: for a time (`wait`), or for something to happen (`wait_for`)."""

from __future__ import annotations

import re

from kaskad.config.conditions import event_keys, message_state
from kaskad.config.node import Node
from kaskad.config.quantities import duration, duration_of
from kaskad.config.record import Record
from kaskad.config.scalars import text
from kaskad.config.scope import Scope
from kaskad.config.wording import either
from kaskad.domain.condition import EventMatch, MessageState
from kaskad.domain.model import Duration
from kaskad.domain.step import MessageMatch

AFTER_ENTER = re.compile(r"(.+?) after enter\Z")
DAY = "(mon|tues|wednes|thurs|fri|satur|sun)day"
LATER = re.compile(rf"({DAY} )?\"?\d\d?:\d\d\"?\Z|{DAY}\Z|.+ (after|before) [a-z_]+(\.[a-z_]+)+\Z")
Awaited = tuple[EventMatch | None, MessageMatch | None, Duration]


def wait(node: Node) -> tuple[Duration | None, Duration | None]:
    """From here (`24h`, `1 day`), or from entering (`{until: 72h after enter}`): one of the two is None."""
    if not isinstance(node.value, dict):
        return duration(node), None
    record = Record(node)
    until = record.need("until", _after_enter, "until when, like 72h after enter")
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


def _after_enter(node: Node) -> Duration:
    said = text(node)
    if found := AFTER_ENTER.match(said):
        return duration_of(node, found[1])
    if LATER.match(said):
        raise node.wrong(f"'until: {said}' is not supported yet: write one like 72h after enter")
    raise node.wrong(f"{node.said} is no time to wait until: write one like 72h after enter")
