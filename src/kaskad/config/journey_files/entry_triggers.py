"""Reads `enter:` of a journey: an event, a product, a segment, a date of the customer, or a schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kaskad.config.journey_files.conditions import read_conditions
from kaskad.config.journey_files.entry_keys import AGAIN_AFTER_HINT, once_per, read_again_after
from kaskad.config.journey_files.polled_triggers import read_date_trigger, read_schedule_trigger, read_segment_trigger
from kaskad.config.journey_files.product_triggers import PRODUCT_EVENTS, read_product_trigger
from kaskad.config.journey_files.scope import Catalogs, Scope
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import join_with_or, unknown_name
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.entry_trigger import EntryTrigger, EventTrigger

ITEM_PROPERTIES = {"product_id": ValueType.TEXT, "quantity": ValueType.NUMBER, "price": ValueType.MONEY}


def read_entry_trigger(node: Node, scope: Scope) -> EntryTrigger:
    """The one entry trigger of the journey. A schedule with its segment counts as one."""
    readers: dict[str, Callable[[Node, Scope], EntryTrigger]] = {
        "when": _read_event_trigger,
        "product": read_product_trigger,
        "date": read_date_trigger,
        "schedule": read_schedule_trigger,
        "segment": read_segment_trigger,
    }
    fields = node.mapping()
    ways = [key for key in fields if key in readers and not (key == "segment" and "schedule" in fields)]
    if not ways:
        said = join_with_or(f"'{key}'" for key in readers)
        raise node.error(f"a way in is missing: write {said}, like 'when' with the name of an event")
    if len(ways) > 1:
        raise fields[ways[1]].key_error(f"'{ways[0]}' and '{ways[1]}' are two ways in: a journey has one")
    return readers[ways[0]](node, scope)


def entry_event_properties(node: Node, catalogs: Catalogs) -> Mapping[str, ValueType] | None:
    """The properties of `event.*` in a journey with this entry trigger; None if it does not define them."""
    fields = node.value if isinstance(node.value, dict) else {}
    if "product" in fields:
        said = fields["product"].value
        return PRODUCT_EVENTS.get(said) if isinstance(said, str) else None
    if "when" not in fields:
        return {}
    when = fields["when"].value
    event = catalogs.events.items.get(when) if isinstance(when, str) else None
    if event is None:
        return None
    return {**event.properties, **ITEM_PROPERTIES} if "for_each" in fields else event.properties


def _read_event_trigger(node: Node, scope: Scope) -> EventTrigger:
    record = Record(node)
    when = record.need("when", scope.event, "the name of an event")
    for_each = record.get("for_each", lambda it: _read_event_list(it, scope), None)
    where = record.get("where", lambda it: read_conditions(it, scope), ())
    asked = record.get("if", lambda it: read_conditions(it, scope), ())
    key = record.get("once_per", lambda it: once_per(it, scope), ())
    quiet_for = record.get("quiet_for", read_duration, Duration())
    again_after = record.need("again_after", read_again_after, AGAIN_AFTER_HINT)
    record.done()
    return EventTrigger(
        when=when.name,
        for_each=for_each,
        where=where,
        if_=asked,
        once_per=key,
        quiet_for=quiet_for,
        again_after=again_after,
    )


def _read_event_list(node: Node, scope: Scope) -> str:
    """A list in the event itself: `order.items`, or one of its own properties."""
    said = read_text(node)
    lists = ["order.items", *(f"event.{name}" for name, kind in (scope.properties or {}).items() if _is_list(kind))]
    if said not in lists:
        raise node.error(unknown_name("list of the event", said, lists))
    return said


def _is_list(kind: ValueType) -> bool:
    return kind is ValueType.LIST
