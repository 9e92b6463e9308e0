"""`enter:` of a journey: an event, or a product that is back in stock."""

from __future__ import annotations

import re

from kaskad.config.conditions import conditions
from kaskad.config.node import Node
from kaskad.config.quantities import duration, duration_of
from kaskad.config.record import Record
from kaskad.config.scalars import member, text, whole, word
from kaskad.config.scope import Scope
from kaskad.config.wording import either, unknown
from kaskad.domain.entrance import Again, Audience, Entrance, EventEntrance, OncePer, ProductEntrance, Release
from kaskad.domain.model import Duration

LATER = ("segment", "date", "schedule")
AGAIN = "always, never, or a duration like 7d"
ONCE_PER_MORE = re.compile(r"[a-z_]+(\.[a-z_]+)+\Z")


def entrance(node: Node, scope: Scope) -> Entrance:
    """The one way into the journey."""
    fields = node.mapping()
    ways = [key for key in fields if key in ("when", "product", *LATER)]
    if not ways:
        raise node.wrong("a way in is missing: 'when' with an event, or 'product: back_in_stock'")
    if len(ways) > 1:
        raise fields[ways[1]].wrong_key(f"'{ways[0]}' and '{ways[1]}' are two ways in: a journey has one")
    if ways[0] in LATER:
        raise fields[ways[0]].wrong_key(f"'{ways[0]}' is not supported yet: use 'when' or 'product'")
    return _by_event(node, scope) if ways[0] == "when" else _by_product(node, scope)


def _by_event(node: Node, scope: Scope) -> EventEntrance:
    record = Record(node, later=["for_each"])
    when = record.need("when", scope.event, "the name of an event")
    where = record.get("where", lambda it: conditions(it, scope), ())
    asked = record.get("if", lambda it: conditions(it, scope), ())
    once_per = record.get("once_per", _once_per, OncePer.CUSTOMER)
    quiet_for = record.get("quiet_for", duration, Duration())
    again_after = record.need("again_after", _again, AGAIN)
    record.done()
    return EventEntrance(
        when=when.name, where=where, if_=asked, once_per=once_per, quiet_for=quiet_for, again_after=again_after
    )


def _by_product(node: Node, scope: Scope) -> ProductEntrance:
    record = Record(node, later=["by"])
    record.need("product", word("product entrance", ["back_in_stock"], ["price_drop", "low_stock"]), "back_in_stock")
    who = record.need("who", lambda it: it.each(_audience), "who hears of it, like [subscribed, viewed 30d]")
    release = record.get("release", _release, None)
    asked = record.get("if", lambda it: conditions(it, scope), ())
    once_per = record.get("once_per", _once_per, OncePer.PRODUCT)
    again_after = record.need("again_after", _again, AGAIN)
    record.done()
    if not who:
        raise record.at("who").wrong("at least one audience is needed in the list: subscribed, viewed 30d")
    return ProductEntrance(
        product="back_in_stock", who=who, release=release, if_=asked, once_per=once_per, again_after=again_after
    )


def _once_per(node: Node) -> OncePer:
    if isinstance(node.value, tuple) or (isinstance(node.value, str) and ONCE_PER_MORE.match(node.value)):
        raise node.wrong(f"'once_per' by a field or by several is not supported yet: use {either(OncePer)}")
    return member("value", OncePer)(node)


def _again(node: Node) -> Again:
    if node.value == "always":
        return "always"
    if node.value == "never":
        return "never"
    if isinstance(node.value, str) and not node.value[:1].isdigit():
        trouble = unknown("value", node.value, ["always", "never"])
        raise node.wrong(trouble if "did you mean" in trouble else f"{node.said} is not {AGAIN}")
    return duration(node)


def _audience(node: Node) -> Audience:
    """`subscribed`, or `viewed 30d`."""
    kind, _, rest = text(node).partition(" ")
    if kind == "favourited":
        raise node.wrong("'favourited' is not supported yet: use subscribed or viewed 30d")
    if kind == "subscribed" and not rest:
        return Audience(kind="subscribed")
    if kind == "viewed" and rest:
        return Audience(kind="viewed", within=duration_of(node, rest))
    raise node.wrong(f"{node.said} is not an audience: write subscribed, or viewed 30d for those who looked at it")


def _release(node: Node) -> Release:
    record = Record(node)
    people = record.need("people", whole(1), "how many people at a time")
    record.get("per", word("value", ["unit"]), "unit")
    every = record.need("every", duration, "how often, like 1h")
    record.done()
    return Release(people=people, per="unit", every=every)
