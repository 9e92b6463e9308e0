"""Orders that stand: each once, without what was cancelled or came back by then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

START = datetime(2027, 3, 2, 9, tzinfo=UTC)
Said = tuple[str, dict[str, Any]]


def order(**said: Any) -> Said:
    return "order_completed", {"order_id": "o1", "total": 1800} | said


def returned(**said: Any) -> Said:
    return "order_returned", {"order_id": "o1"} | said


def cancelled(**said: Any) -> Said:
    return "order_cancelled", {"order_id": "o1"} | said


def line(product: str, quantity: Any = 1, price: Any = 900, **said: Any) -> dict[str, Any]:
    return {"product_id": product, "quantity": quantity, "price": price} | said


TWO_TEAS = order(products=[line("tea", 2)])
TEA_AND_JAM = order(products=[line("tea"), line("jam")])
SIZES = order(products=[line("shirt", variant="S"), line("shirt", variant="M")])
# What was told, a minute apart; what stands: (the total, the products and how many of each).
STORIES: dict[str, tuple[Sequence[Said], list[tuple[Any, dict[str, Any]]]]] = {
    "bought": ([TWO_TEAS], [(1800, {"tea": 2})]),
    "told by two sources": ([TWO_TEAS, TWO_TEAS], [(1800, {"tea": 2})]),
    "told by two sources, the second without lines": ([TWO_TEAS, order()], [(1800, {"tea": 2})]),
    "two orders": ([TWO_TEAS, order(order_id="o2", total=5)], [(1800, {"tea": 2}), (5, {})]),
    "two orders without an id": ([order(order_id=None), order(order_id=None)], [(1800, {}), (1800, {})]),
    "two orders with an empty id": ([order(order_id=""), order(order_id="")], [(1800, {}), (1800, {})]),
    "cancelled": ([TWO_TEAS, cancelled()], []),
    "cancelled, told before": ([cancelled(), TWO_TEAS], []),
    "cancelled, both told twice": ([TWO_TEAS, cancelled(), TWO_TEAS, cancelled()], []),
    "another one cancelled": ([TWO_TEAS, cancelled(order_id="o2")], [(1800, {"tea": 2})]),
    "a cancellation of no order": ([order(order_id=""), cancelled(order_id="")], [(1800, {})]),
    "returned": ([TWO_TEAS, returned()], []),
    "returned with its total": ([TWO_TEAS, returned(total=1800)], []),
    "returned, and no total of the order is known": ([order(total=None), returned(total=5)], []),
    "part of the money back": ([TWO_TEAS, returned(total=300)], [(1500, {"tea": 2})]),
    "one of two": ([TWO_TEAS, returned(products=[line("tea")])], [(900, {"tea": 1})]),
    "one of two, told before": ([returned(products=[line("tea")]), TWO_TEAS], [(900, {"tea": 1})]),
    "one and then the other": ([TWO_TEAS, returned(products=[line("tea")]), returned(products=[line("tea")])], []),
    "one of two products": ([TEA_AND_JAM, returned(products=[line("jam")])], [(900, {"tea": 1})]),
    "one of two products, and less money": (
        [TEA_AND_JAM, returned(products=[line("jam")], total=5)],
        [(1795, {"tea": 1})],
    ),
    "all of a product if nobody says how many": ([TWO_TEAS, returned(products=[{"product_id": "tea"}])], []),
    "more than there was": ([TEA_AND_JAM, returned(products=[line("jam", 7)])], [(900, {"tea": 1})]),
    "one size": ([SIZES, returned(products=[line("shirt", variant="M")])], [(900, {"shirt": 1})]),
    "both sizes, the store knows none": ([SIZES, returned(products=[line("shirt", 2)])], []),
    "one of two sizes, the store knows none": ([SIZES, returned(products=[line("shirt")])], [(900, {"shirt": 1})]),
    "half of what is sold by weight": (
        [order(products=[line("fish", 1.5, 1200)]), returned(products=[line("fish", 0.5, 1200)])],
        [(1200, {"fish": 1})],
    ),
    "what was not bought": ([TWO_TEAS, returned(products=[line("jam")])], [(1800, {"tea": 2})]),
    "a return in another currency": (
        [order(products=[line("tea", 2, None)]), returned(products=[line("tea")], total=9, currency="EUR")],
        [("unknown", {"tea": 1})],
    ),
    "a return in another currency, by the order's prices": (
        [TWO_TEAS, returned(products=[line("tea", 1, 9)], total=9, currency="EUR")],
        [(900, {"tea": 1})],
    ),
    "a return in the shop's currency, and the order names none": (
        [TWO_TEAS, returned(products=[line("tea")], total=800, currency="RUB")],
        [(1000, {"tea": 1})],
    ),
    "money back in another currency, without a rate": (
        [TWO_TEAS, returned(total=5, currency="EUR")],
        [("unknown", {"tea": 2})],
    ),
    "money back in another currency": ([TWO_TEAS, returned(total=5, currency="USD")], [(1350, {"tea": 2})]),
    "everything back in another currency": ([TWO_TEAS, returned(total=20, currency="USD")], []),
    "an order in another currency": (
        [order(total=100, currency="USD"), returned(total=900, currency="RUB")],
        [(90, {})],
    ),
    "both in other currencies": (
        [order(total=100, currency="USD"), returned(total=30, currency="GBP")],
        [(60, {})],
    ),
    "lines back in another currency": (
        [TWO_TEAS, returned(products=[line("tea", 1, 5)], currency="USD")],
        [(1350, {"tea": 1})],
    ),
    "money back below zero": ([TWO_TEAS, returned(total=-300)], [(1500, {"tea": 2})]),
    "all money back below zero": ([TWO_TEAS, returned(total=-1800)], []),
    "lines back below zero": ([TWO_TEAS, returned(products=[line("tea", 1, -900)])], [(900, {"tea": 1})]),
    "one refund told twice": (
        [TWO_TEAS, returned(total=300, refund_id="r1"), returned(total=300, refund_id="r1")],
        [(1500, {"tea": 2})],
    ),
    "one refund told twice, differently": (
        [TWO_TEAS, returned(total=300, refund_id=1), returned(total=310, refund_id="1")],
        [(1500, {"tea": 2})],
    ),
    "one refund told twice, at first not readably": (
        [TWO_TEAS, returned(refund_id="r1", spoiled=["total"]), returned(total=300, refund_id="r1")],
        [(1500, {"tea": 2})],
    ),
    "two refunds": (
        [TWO_TEAS, returned(total=300, refund_id="r1"), returned(total=300, refund_id="r2")],
        [(1200, {"tea": 2})],
    ),
    "two refunds with an empty id": (
        [TWO_TEAS, returned(total=300, refund_id=""), returned(total=300, refund_id="")],
        [(1200, {"tea": 2})],
    ),
    "an order of less than nothing": ([order(total=-100)], [("unknown", {})]),
    "a total that could not be read": (
        [order(total=None, products=[line("tea")], spoiled=["total"])],
        [("unknown", {"tea": 1})],
    ),
    "money back that could not be read": ([TWO_TEAS, returned(spoiled=["total"])], [("unknown", {"tea": 2})]),
    "lines of a return that could not be read": (
        [TEA_AND_JAM, returned(spoiled=["products"])],
        [("unknown", {"tea": 1, "jam": 1})],
    ),
    "a return that could not be read, and one that could": (
        [TEA_AND_JAM, returned(spoiled=["total"]), returned(products=[line("jam")])],
        [("unknown", {"tea": 1})],
    ),
    "a cancellation that could not be read in full": ([TWO_TEAS, cancelled(spoiled=["total"])], []),
    "products that are none": ([order(products="tea"), returned(products="tea", total=300)], [(1500, {})]),
}


@pytest.fixture
def connection(database_url: str) -> Any:
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        yield connection


def told(connection: psycopg.Connection[Any], events: Sequence[Said], sources: Sequence[str] = ("site",)) -> None:
    """Stores the events; a property "spoiled" names those that the door could not read."""
    connection.execute("DELETE FROM event")
    connection.execute("""UPDATE config_generation SET rates = '{"RUB": 1, "USD": 90, "GBP": 120}'""")
    for n, (name, said) in enumerate(events):
        at = START + timedelta(minutes=n)
        connection.execute(
            "INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties, spoiled)"
            " VALUES (%s, 7, %s, %s, %s, %s, %s::jsonb - 'spoiled', %s)",
            (f"m{n}", name, sources[n % len(sources)], at, at, json.dumps(said), said.get("spoiled")),
        )


def standing(connection: psycopg.Connection[Any], after: timedelta = timedelta(days=1)) -> list[tuple[Any, Any]]:
    rows = connection.execute("SELECT * FROM standing_orders(7, %s) ORDER BY occurred_at", (START + after,)).fetchall()
    found = []
    for row in rows:
        said, lines = row["properties"], row["properties"].get("products")
        found.append(
            (
                said["total"],
                {each["product_id"]: each["quantity"] for each in lines if each} if lines != "tea" and lines else {},
            )
        )
    return found


@pytest.mark.parametrize(("events", "expected"), STORIES.values(), ids=STORIES)
def test_what_stands(connection: Any, events: Sequence[Said], expected: list[Any]) -> None:
    told(connection, events)
    assert standing(connection) == expected


def test_it_is_as_of_its_time(connection: Any) -> None:
    told(connection, [TWO_TEAS, returned(products=[line("tea")]), cancelled()])
    assert standing(connection, timedelta(seconds=30)) == [(1800, {"tea": 2})]
    assert standing(connection, timedelta(seconds=90)) == [(900, {"tea": 1})]
    assert standing(connection, timedelta(minutes=3)) == []


def test_a_return_that_two_sources_tell_counts_once(connection: Any) -> None:
    one_back = returned(products=[line("tea")])
    told(connection, [order(products=[line("tea", 3)], total=2700), one_back, one_back], ["site", "till", "crm"])
    assert standing(connection) == [(1800, {"tea": 2})]
    told(connection, [order(products=[line("tea", 3)], total=2700), one_back, one_back], ["till"])
    assert standing(connection) == [(900, {"tea": 1})]


def test_others_orders_are_theirs(connection: Any) -> None:
    told(connection, [TWO_TEAS])
    connection.execute("UPDATE event SET customer_id = 8")
    connection.execute(
        "INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)"
        " SELECT 'x', 7, 'order_cancelled', 'site', occurred_at, received_at, properties FROM event"
    )
    assert standing(connection) == []
    rows = connection.execute("SELECT properties FROM standing_orders(8, %s)", (START,)).fetchall()
    assert [Decimal(row["properties"]["total"]) for row in rows] == [1800]
