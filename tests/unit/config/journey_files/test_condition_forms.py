"""Each short form of a condition, and the canonical model that it stands for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import (
    AnyOf,
    Compare,
    Condition,
    DidEvent,
    MessageState,
    MessageWas,
    Not,
    Op,
    PathRef,
    SameAs,
    TimesCount,
    Value,
    ValueType,
)
from tests.unit.config.written_project import Written

DAY = 86_400
OVER_5 = Compare(path="cart.total", op=Op.MORE_THAN, value=Decimal(5), type=ValueType.MONEY)
BOUGHT = DidEvent(event="order_completed")


def compare(path: str, op: Op, value: Value, kind: ValueType) -> Compare:
    return Compare(path=path, op=op, value=value, type=kind)


CONDITIONS: list[tuple[str, list[Condition]]] = [
    ("{order.place: store}", [compare("order.place", Op.IS, "store", ValueType.TEXT)]),
    ("{cart.total: {more_than: 5}}", [OVER_5]),
    (
        "{cart.total: {at_least: 1.50, at_most: 9}}",
        [
            compare("cart.total", Op.AT_LEAST, Decimal("1.50"), ValueType.MONEY),
            compare("cart.total", Op.AT_MOST, Decimal(9), ValueType.MONEY),
        ],
    ),
    ("{order.place: {in: [store, site]}}", [compare("order.place", Op.IN, ("store", "site"), ValueType.TEXT)]),
    (
        "{cart.total: {between: [1, 2]}}",
        [compare("cart.total", Op.BETWEEN, (Decimal(1), Decimal(2)), ValueType.MONEY)],
    ),
    ("{product.in_stock: true}", [compare("product.in_stock", Op.IS, True, ValueType.BOOLEAN)]),
    ("{product.refill_days: {known: false}}", [compare("product.refill_days", Op.KNOWN, False, ValueType.NUMBER)]),
    (
        "{cart.items.product_id: {contains: product.id}}",
        [compare("cart.items.product_id", Op.CONTAINS, PathRef(path="product.id"), ValueType.LIST)],
    ),
    (
        '{cart.items.product_id: {contains: {text: "product.id"}}}',
        [compare("cart.items.product_id", Op.CONTAINS, "product.id", ValueType.LIST)],
    ),
    ('{order.place: {text: "area.kind"}}', [compare("order.place", Op.IS, "area.kind", ValueType.TEXT)]),
    (
        "{product.price: {less_than: event.old_price}}",
        [compare("product.price", Op.LESS_THAN, PathRef(path="event.old_price"), ValueType.MONEY)],
    ),
    (
        "{customer.last_order.at: {older_than: 90d}}",
        [compare("customer.last_order.at", Op.OLDER_THAN, Duration(seconds=90 * DAY), ValueType.TIME)],
    ),
    (
        "{event.context.campaign.source: mail}",
        [compare("event.context.campaign.source", Op.IS, "mail", ValueType.TEXT)],
    ),
    ("{enter: {within: 1 day}}", [compare("enter", Op.WITHIN, Duration(days=1), ValueType.TIME)]),
    (
        '{customer.member_since: {before: "2027-03-05T12:00+03:00"}}',
        [compare("customer.member_since", Op.BEFORE, "2027-03-05T12:00:00+03:00", ValueType.TIME)],
    ),
    ('{customer.birthday: "1990-02-28"}', [compare("customer.birthday", Op.IS, "1990-02-28", ValueType.DATE)]),
    (
        "{customer.points.balance: {at_least: 100}}",
        [compare("customer.points.balance", Op.AT_LEAST, Decimal(100), ValueType.NUMBER)],
    ),
    ('{customer.level: "5"}', [compare("customer.level", Op.IS, "5", ValueType.TEXT)]),
    ("{did: order_completed}", [BOUGHT]),
    ("{did_not: order_completed, since: enter}", [DidEvent(event="order_completed", negated=True, since_enter=True)]),
    (
        "{did: order_completed, same: cart, within: 3d, times: {at_least: 2}, where: [{cart.total: {more_than: 5}}]}",
        [
            DidEvent(
                event="order_completed",
                same=SameAs.CART,
                within=Duration(seconds=3 * DAY),
                times=TimesCount(op=Op.AT_LEAST, value=2),
                where=(OVER_5,),
            )
        ],
    ),
    ("{did: order_completed, times: 1}", [DidEvent(event="order_completed", times=TimesCount(op=Op.IS, value=1))]),
    ("{any: [{did: order_completed}, {cart.total: {more_than: 5}}]}", [AnyOf(of=(BOUGHT, OVER_5))]),
    ("{not: {did: order_completed}}", [Not(of=(BOUGHT,))]),
    ("{not: [{did: order_completed}, {cart.total: {more_than: 5}}]}", [Not(of=(BOUGHT, OVER_5))]),
    (
        "{any: [[{did: order_completed}, {cart.total: {more_than: 5}}], {did: order_completed}]}",
        [AnyOf(of=(Not(of=(Not(of=(BOUGHT, OVER_5)),)), BOUGHT))],
    ),
    ("{message: hello, was: clicked}", [MessageWas(message="hello", was=MessageState.CLICKED)]),
    ("{message: hello, was_not: opened}", [MessageWas(message="hello", was=MessageState.OPENED, negated=True)]),
]


@pytest.mark.parametrize(("text", "conditions"), CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_condition(project: Written, text: str, conditions: list[Condition]) -> None:
    project.replace("topic: carts", f"topic: carts\nonly_while: [{text}]")
    assert list(project.load().journeys["x"].only_while) == conditions
