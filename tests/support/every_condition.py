"""Every condition that `validate` accepts: each path, each operator, values and other paths of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from kaskad.config.journey_files.conditions import read_conditions
from kaskad.config.journey_files.scope import Catalogs, Scope
from kaskad.config.yaml.catalog import Catalog
from kaskad.config.yaml.node import InvalidNode, Node, SourcePosition
from kaskad.domain.journeys.condition import Condition, Op, ValueType
from kaskad.domain.journeys.project import EventSpec, Project, ShopInfo

ALL_KINDS = {f"a_{kind}": kind for kind in ValueType}
KEYS = dict.fromkeys(("product_id", "order_id", "cart_id", "email", "area.id"), ValueType.TEXT)
EVENT = EventSpec(name="everything", properties=ALL_KINDS | KEYS)
PATHS = [f"{root}.a_{kind}" for root in ("event", "customer") for kind in ValueType]
HERE = SourcePosition("configs/any.yaml")
PLAIN = ("shoes", 5, True, "2027-03-02", "2027-03-02T12:00:00+03:00", "3d")
LITERALS: tuple[Any, ...] = (*PLAIN, *([value, value] for value in PLAIN), [1, 2], {"text": "product.id"})
TO_PATHS = (Op.IS, Op.AT_LEAST, Op.BEFORE, Op.CONTAINS)  # one of each form that SQL has for them


def spoken(project: Project) -> Project:
    """The project with an event that has a property of each kind, and customers with an attribute of each."""
    events, attributes = {**project.events, EVENT.name: EVENT}, {**project.attributes, **ALL_KINDS}
    return project.model_copy(update={"events": events, "attributes": attributes})


def scope_of(project: Project) -> Scope:
    """What a journey knows that this event lets people into."""
    catalogs = Catalogs(
        shop=ShopInfo(),
        events=Catalog("event", dict(project.events)),
        attributes=Catalog("attribute", dict(project.attributes)),
        **{
            name: Catalog(name)
            for name in ("channels", "cascades", "topics", "senders", "sender_lists", "promos", "sources", "templates")
        },
    )
    return Scope(catalogs, EVENT.properties)


def paths_of(scope: Scope) -> list[str]:
    """Every path that is known, and some that only look like one."""
    odd = ["customer.points.left", "customer.points.next.at", "customer.points.a b", "customer.points.%s", "cart.none"]
    return [*scope.vocabulary.paths(), *odd]


def compared(scope: Scope) -> Iterator[Condition]:
    """Every comparison that is accepted here."""
    for path, op, value in product(paths_of(scope), Op, LITERALS):
        yield from accepted({path: {op.value: value}}, scope)
    for path, op, other in product(paths_of(scope), TO_PATHS, PATHS):
        yield from accepted({path: {op.value: other}}, scope)
    for other in paths_of(scope):
        for kind in ValueType:
            yield from accepted({f"event.a_{kind}": other}, scope)


def looked_at(scope: Scope) -> Iterator[Condition]:
    """What is accepted in the `where` of this event."""
    yield from compared(scope.with_where_event(EVENT))


def different(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Each of them once: whatever texts say, the database is asked alike."""
    seen = {condition.model_dump_json().replace("shoes", "2027-03-02"): condition for condition in conditions}
    return tuple(seen.values())


def done(scope: Scope) -> Iterator[Condition]:
    """Every form of `did`."""
    extras = ({}, {"within": "3d"}, {"since": "enter"}, *({"same": same} for same in ("cart", "product", "email")))
    for word, extra in product(("did", "did_not"), (*extras, {"same": "order", "times": {"at_least": 2}})):
        yield from accepted({word: EVENT.name, **extra, "where": [{"product.category": "shoes"}]}, scope)


def accepted(said: dict[str, Any], scope: Scope) -> tuple[Condition, ...]:
    """The conditions, where they are accepted."""
    try:
        return read_conditions(node_of(said), scope)
    except InvalidNode:
        return ()


def node_of(value: Any) -> Node:
    """The value as if it had been read from a file."""
    if isinstance(value, dict):
        value = {key: node_of(each) for key, each in value.items()}
    elif isinstance(value, list):
        value = tuple(map(node_of, value))
    return Node(value, HERE, HERE, [])
