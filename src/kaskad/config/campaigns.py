"""configs/campaigns/NAME.yaml → a campaign: a journey with a mailing in place of its entrance."""

from __future__ import annotations

import re
from datetime import datetime

from kaskad.config.conditions import conditions, event_match
from kaskad.config.journeys import DEFAULT_SENDER, goal, heading, limits, messages
from kaskad.config.node import Node, Unreadable
from kaskad.config.quantities import rate
from kaskad.config.record import Record
from kaskad.config.scalars import text, word
from kaskad.config.scope import Catalogs, Scope
from kaskad.config.steps import Steps
from kaskad.domain.campaign import Campaign, Mailing
from kaskad.domain.step import Step

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d\Z", re.ASCII)


def campaign(name: str, node: Node, catalogs: Catalogs) -> Campaign:
    """The campaign of that name. Raises Unreadable once all its problems are noted."""
    if "enter" in (fields := node.mapping()):
        raise fields["enter"].wrong_key("'enter' belongs to a journey: move the file to configs/journeys/")
    scope = Scope(catalogs, {}, frozenset(messages(node)))
    record = Record(node)
    several = record.get("senders", catalogs.sender_lists.name, None)
    if several and record.has("sender"):
        record.wrong(record.at("senders"), "'sender' and 'senders' are two ways to say who writes: keep one")
    parts = heading(record, scope) | limits(record, catalogs) | _passage(record, scope)
    record.done()
    if parts["cascade"] is None:  # the default one cannot be used: noted in cascades.yaml
        raise Unreadable
    parts.pop("edits")  # a mailing goes once: nobody is inside when it is edited
    sender = None if several else parts.pop("sender", DEFAULT_SENDER)
    return Campaign.model_validate({"name": name, **parts, "sender": sender, "senders": several})


def _passage(record: Record, scope: Scope) -> dict[str, object]:
    def steps(node: Node) -> tuple[Step, ...]:
        if not node.list():
            raise node.wrong("at least one step is needed in the list")
        reader = Steps(scope)
        found = reader.each(node)
        reader.check_ids()
        return found

    mailing = record.need("campaign", lambda it: _mailing(it, scope.catalogs), "to whom it goes, and when")
    return {
        "campaign": mailing,
        "leave": record.get("leave", lambda node: node.each(lambda it: event_match(it, scope)), ()),
        "only_while": record.get("only_while", lambda node: conditions(node, scope), ()),
        "goal": record.get("goal", lambda node: goal(node, scope), None),
        "steps": record.need("steps", steps, "what is sent"),
    }


def _mailing(node: Node, catalogs: Catalogs) -> Mailing:
    record = Record(node)
    segment = record.need("segment", catalogs.segments.name, "the name of a segment of configs/segments.yaml")
    at = record.need("at", _moment, 'when it goes, like "2027-03-05 12:00"')
    clock = record.get("clock", word("value", ["customer", "shop"]), "customer")
    speed = record.get("speed", rate, None)
    record.done()
    return Mailing.model_validate({"segment": segment, "at": at, "clock": clock, "speed": speed})


def _moment(node: Node) -> datetime:
    said = text(node)
    try:
        if MOMENT.match(said):
            return datetime.fromisoformat(said)
    except ValueError:
        pass
    raise node.wrong(f'{node.said} is not a moment: write one like "2027-03-05 12:00", in quotes')
