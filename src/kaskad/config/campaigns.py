"""configs/campaigns/NAME.yaml → a campaign: a journey with a mailing in place of its entrance."""

from __future__ import annotations

import re
from datetime import datetime

from kaskad.config.journeys import DEFAULT_SENDER, heading, inside_of, limits, passage
from kaskad.config.node import Node, Unreadable
from kaskad.config.quantities import rate
from kaskad.config.record import Record
from kaskad.config.scalars import text, word
from kaskad.config.scope import Catalogs, Scope
from kaskad.domain.campaign import Campaign, Mailing

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d\Z", re.ASCII)


def campaign(name: str, node: Node, catalogs: Catalogs) -> Campaign:
    """The campaign of that name. Raises Unreadable once all its problems are noted."""
    if "enter" in (fields := node.mapping()):
        raise fields["enter"].wrong_key("'enter' belongs to a journey: move the file to configs/journeys/")
    scope = inside_of(node, Scope(catalogs, {}))
    record = Record(node)
    several = record.get("senders", catalogs.sender_lists.name, None)
    if several and record.has("sender"):
        record.wrong(record.at("senders"), "'sender' and 'senders' are two ways to say who writes: keep one")
    parts = heading(record, scope) | limits(record, catalogs)
    mailing = record.need("campaign", lambda it: _mailing(it, catalogs), "to whom it goes, and when")
    inside, _ = passage(record, scope, "what is sent")
    record.done()
    if parts["cascade"] is None:  # the default one cannot be used: noted in cascades.yaml
        raise Unreadable
    sender = None if several else parts.pop("sender", DEFAULT_SENDER)
    said = {"campaign": mailing, **parts, **inside, "sender": sender, "senders": several}
    return Campaign.model_validate({"name": name, **said})


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
