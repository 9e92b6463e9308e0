"""`enter:` of a journey: an event, a product, a segment, a date of the customer's own, or the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kaskad.config.conditions import conditions
from kaskad.config.entry_keys import AGAIN, again, once_per
from kaskad.config.looked_at_entrances import by_date, by_schedule, by_segment
from kaskad.config.node import Node
from kaskad.config.product_entrances import RAISED, by_product
from kaskad.config.quantities import duration
from kaskad.config.record import Record
from kaskad.config.scalars import text
from kaskad.config.scope import Catalogs, Scope
from kaskad.config.wording import either, unknown
from kaskad.domain.condition import ValueType
from kaskad.domain.entrance import Entrance, EventEntrance
from kaskad.domain.model import Duration

ITEM = {"product_id": ValueType.TEXT, "quantity": ValueType.NUMBER, "price": ValueType.MONEY}


def entrance(node: Node, scope: Scope) -> Entrance:
    """The one way into the journey. A schedule names its segment: the two are one way."""
    readers: dict[str, Callable[[Node, Scope], Entrance]] = {
        "when": _by_event,
        "product": by_product,
        "date": by_date,
        "schedule": by_schedule,
        "segment": by_segment,
    }
    fields = node.mapping()
    ways = [key for key in fields if key in readers and not (key == "segment" and "schedule" in fields)]
    if not ways:
        said = either(f"'{key}'" for key in readers)
        raise node.wrong(f"a way in is missing: write {said}, like 'when' with the name of an event")
    if len(ways) > 1:
        raise fields[ways[1]].wrong_key(f"'{ways[0]}' and '{ways[1]}' are two ways in: a journey has one")
    return readers[ways[0]](node, scope)


def entry_properties(node: Node, catalogs: Catalogs) -> Mapping[str, ValueType] | None:
    """What `event.*` has in a journey with this entrance; None where the entrance does not say."""
    fields = node.value if isinstance(node.value, dict) else {}
    if "product" in fields:
        said = fields["product"].value
        return RAISED.get(said) if isinstance(said, str) else None
    if "when" not in fields:
        return {}
    when = fields["when"].value
    event = catalogs.events.items.get(when) if isinstance(when, str) else None
    if event is None:
        return None
    return {**event.properties, **ITEM} if "for_each" in fields else event.properties


def _by_event(node: Node, scope: Scope) -> EventEntrance:
    record = Record(node)
    when = record.need("when", scope.event, "the name of an event")
    for_each = record.get("for_each", lambda it: _list_of_event(it, scope), None)
    where = record.get("where", lambda it: conditions(it, scope), ())
    asked = record.get("if", lambda it: conditions(it, scope), ())
    key = record.get("once_per", lambda it: once_per(it, scope), ())
    quiet_for = record.get("quiet_for", duration, Duration())
    again_after = record.need("again_after", again, AGAIN)
    record.done()
    return EventEntrance(
        when=when.name,
        for_each=for_each,
        where=where,
        if_=asked,
        once_per=key,
        quiet_for=quiet_for,
        again_after=again_after,
    )


def _list_of_event(node: Node, scope: Scope) -> str:
    """A list that the event itself has: `order.items`, or one of its own properties."""
    said = text(node)
    lists = ["order.items", *(f"event.{name}" for name, kind in (scope.properties or {}).items() if _is_list(kind))]
    if said not in lists:
        raise node.wrong(unknown("list of the event", said, lists))
    return said


def _is_list(kind: ValueType) -> bool:
    return kind is ValueType.LIST
