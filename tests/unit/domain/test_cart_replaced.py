"""A cart that somebody tells who had seen it is what they mean, also after an order of the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kaskad.domain.cart import CartChange, fold_cart

AT = datetime(2027, 3, 2, 9, tzinfo=UTC)
LINES = [{"product_id": "p", "quantity": 1, "price": 100}]


def change(minute: int, name: str, **said: object) -> CartChange:
    return CartChange(f"m{minute}", name, AT + timedelta(minutes=minute), said)


@pytest.mark.parametrize(
    ("said", "left"), [({}, 0), ({"replaces": None}, 0), ({"replaces": ""}, 0), ({"replaces": '"a"'}, 1)]
)
def test_what_replaces_a_cart_that_was_seen_is_no_cart_that_is_sent_again(said: dict[str, object], left: int) -> None:
    cart = fold_cart(
        [
            change(0, "cart_snapshot", products=LINES),
            change(1, "order_completed", products=LINES, order_id="o"),
            change(2, "cart_snapshot", products=LINES, **said),
        ]
    )
    assert len(cart.items) == left


BOUGHT = change(1, "order_completed", order_id="1", cart_id="cart", products=LINES)
REMOVED = change(1, "product_removed", product_id="p", quantity=1)
EMPTIED = change(1, "cart_snapshot", products=[], total=0)


@pytest.mark.parametrize("gone", [BOUGHT, REMOVED, EMPTIED])
def test_who_told_of_a_line_is_forgotten_with_the_line(gone: CartChange) -> None:
    """Else a line that its owner took out again would stay, as one of somebody who was merged."""
    one, two = frozenset({1}), frozenset({2})
    added = {"product_id": "p", "quantity": 1, "price": 100}
    cart = fold_cart(
        [
            replace(change(0, "product_added", **added), origin=1, knows=one),
            replace(gone, origin=1, knows=one),
            replace(change(2, "product_added", **added), origin=2, knows=two),
            replace(change(3, "cart_snapshot", products=[], total=0), origin=2, knows=two),
        ]
    )
    assert cart.items == ()
