"""configs/campaigns/NAME.yaml → a campaign: a journey with a mailing in place of an entry trigger."""

from __future__ import annotations

import re
from datetime import datetime

from kaskad.config.journey_files.journey import DEFAULT_SENDER, read_body, read_heading, read_limits, scope_inside
from kaskad.config.journey_files.scope import Catalogs, Scope
from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.quantities import read_rate
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import one_of, read_text
from kaskad.domain.journeys.campaign import Campaign, Mailing

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d\Z", re.ASCII)


def read_campaign(name: str, node: Node, catalogs: Catalogs) -> Campaign:
    """The campaign of that name. Raises InvalidNode after all its problems are added."""
    if "enter" in (fields := node.mapping()):
        raise fields["enter"].key_error("'enter' belongs to a journey: move the file to configs/journeys/")
    scope = scope_inside(node, Scope(catalogs, {}))
    record = Record(node)
    several = record.get("senders", catalogs.sender_lists.name, None)
    if several and record.has("sender"):
        record.error(record.at("senders"), "'sender' and 'senders' are two ways to say who writes: keep one")
    parts = read_heading(record, scope) | read_limits(record, catalogs)
    mailing = record.need("campaign", lambda it: _read_mailing(it, catalogs), "to whom it goes, and when")
    inside, _ = read_body(record, scope, "what is sent")
    record.done()
    if parts["cascade"] is None:  # the default cascade is not usable: its problem is at cascades.yaml
        raise InvalidNode
    sender = None if several else parts.pop("sender", DEFAULT_SENDER)
    said = {"campaign": mailing, **parts, **inside, "sender": sender, "senders": several}
    return Campaign.model_validate({"name": name, **said})


def _read_mailing(node: Node, catalogs: Catalogs) -> Mailing:
    record = Record(node)
    segment = record.need("segment", catalogs.segments.name, "the name of a segment of configs/segments.yaml")
    at = record.need("at", _read_moment, 'when it goes, like "2027-03-05 12:00"')
    clock = record.get("clock", one_of("value", ["customer", "shop"]), "customer")
    speed = record.get("speed", read_rate, None)
    record.done()
    return Mailing.model_validate({"segment": segment, "at": at, "clock": clock, "speed": speed})


def _read_moment(node: Node) -> datetime:
    said = read_text(node)
    try:
        if MOMENT.match(said):
            return datetime.fromisoformat(said)
    except ValueError:
        pass
    raise node.error(f'{node.said} is not a moment: write one like "2027-03-05 12:00", in quotes')
