"""The cart after any changes, in whatever order they came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.cart import (
    ADDED,
    ORDERED,
    REMOVED,
    SNAPSHOT,
    CartChange,
    affected_carts,
    cart_id,
    fold_cart,
)
from tests.support.engine.builders import PROPERTY

START = datetime(2026, 6, 10, 12, tzinfo=UTC)


def change(minute: int, name: str, product: str = "tea", quantity: Any = 1, **more: Any) -> CartChange:
    said = {"product_id": product, "name": product.title(), "price": "100", "quantity": quantity}
    return CartChange(f"m{minute:02}", name, START + timedelta(minutes=minute), {**said, **more})


def snapshot(minute: int, **quantities: int) -> CartChange:
    products = [{"product_id": id_, "price": "100", "quantity": count} for id_, count in quantities.items()]
    return CartChange(f"m{minute:02}", SNAPSHOT, START + timedelta(minutes=minute), {"products": products})


ROWS: dict[str, tuple[list[CartChange], dict[str, int], str]] = {
    "nothing": ([], {}, ""),
    "one added": ([change(1, ADDED)], {"tea": 1}, "U"),
    "the same added again": ([change(1, ADDED), change(2, ADDED, quantity=2)], {"tea": 3}, "UU"),
    "a number as text": ([change(1, ADDED, quantity="2")], {"tea": 2}, "U"),
    "no number is one": ([change(1, ADDED, quantity=None)], {"tea": 1}, "U"),
    "two kinds": ([change(1, ADDED), change(2, ADDED, "jam")], {"tea": 1, "jam": 1}, "UU"),
    "some taken out": ([change(1, ADDED, quantity=3), change(2, REMOVED)], {"tea": 2}, "UU"),
    "all taken out": ([change(1, ADDED), change(2, REMOVED)], {}, "UE"),
    "more taken out than there was": ([change(1, ADDED), change(2, REMOVED, quantity=5)], {}, "UE"),
    "one of two kinds taken out": ([change(1, ADDED), change(2, ADDED, "jam"), change(3, REMOVED)], {"jam": 1}, "UUU"),
    "a snapshot is all there is": ([change(1, ADDED), snapshot(2, jam=2)], {"jam": 2}, "UU"),
    "an empty snapshot": ([change(1, ADDED), snapshot(2)], {}, "UE"),
    "added after a snapshot": ([snapshot(1, tea=2), change(2, ADDED)], {"tea": 3}, "UU"),
    "an order empties it and raises nothing": ([change(1, ADDED), change(2, ORDERED, cart_id="cart")], {}, "U"),
    "added after the order": (
        [change(1, ADDED), change(2, ORDERED, cart_id="cart"), change(3, ADDED, "jam")],
        {"jam": 1},
        "UU",
    ),
}


@pytest.mark.parametrize(("changes", "quantities", "raised"), ROWS.values(), ids=ROWS)
def test_what_lies_in_it(changes: list[CartChange], quantities: dict[str, int], raised: str) -> None:
    cart = fold_cart(changes)
    assert {item["product_id"]: item["quantity"] for item in cart.items} == quantities
    assert cart.total == 100 * sum(quantities.values())
    names = {"U": "cart_updated", "E": "cart_emptied"}
    triggering = [cart_change for cart_change in changes if cart_change.name != ORDERED]
    assert cart.raised == tuple(zip(triggering, (names[letter] for letter in raised), strict=True))


def test_a_line_says_what_templates_need() -> None:
    added = change(1, ADDED, url="https://shop.example/tea", image_url="https://shop.example/tea.png", price=99.9)
    assert fold_cart([added]).items == (
        {
            "product_id": "tea",
            "title": "Tea",
            "price": Decimal("99.90"),
            "quantity": 1,
            "url": "https://shop.example/tea",
            "image": "https://shop.example/tea.png",
        },
    )


def test_the_latest_price_counts_for_the_whole_line() -> None:
    assert fold_cart([change(1, ADDED, price=100), change(2, ADDED, price=80)]).total == 160


minutes = st.integers(0, 9)
changes = st.lists(
    st.one_of(
        st.builds(
            change, st.integers(0, 9), st.sampled_from([ADDED, REMOVED]), st.sampled_from("ab"), st.integers(1, 3)
        ),
        st.builds(snapshot, minutes, a=st.integers(1, 2)),
        st.builds(change, minutes, st.just(ORDERED), cart_id=st.just("cart")),
    ),
    max_size=7,
    unique_by=lambda cart_change: cart_change.message_id,
)


@PROPERTY
@given(changes, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(arrived: list[CartChange], random: Any) -> None:
    cart = fold_cart(arrived)
    assert fold_cart(random.sample(arrived, len(arrived))) == cart
    assert all(item["quantity"] > 0 for item in cart.items)
    assert [cart_change.occurred_at for cart_change, _ in cart.raised] == sorted(
        cart_change.occurred_at for cart_change, _ in cart.raised
    )
    assert len(cart.raised) == sum(cart_change.name != ORDERED for cart_change in arrived)


@PROPERTY
@given(st.permutations("abcd"))
def test_at_one_instant_the_message_id_decides(order: list[str]) -> None:
    same = [CartChange(id_, SNAPSHOT, START, {"products": [{"product_id": id_, "price": 1}]}) for id_ in order]
    assert [item["product_id"] for item in fold_cart(same).items] == ["d"]


def test_whose_carts_are_changed() -> None:
    changes = [
        (1, ADDED, {"cart_id": "c1"}),
        (1, REMOVED, {}),
        (2, ORDERED, {"cart_id": "c2"}),
        (3, ORDERED, {}),  # names no cart: it may have bought lines of any
        (4, "product_viewed", {"cart_id": "c4"}),
    ]
    affected = affected_carts(changes)
    assert (affected.carts, affected.customers) == ({(1, "c1"), (1, "cart"), (2, "c2")}, {2, 3})
    assert not affected_carts([(4, "product_viewed", {})])
    assert cart_id({"cart_id": 17}) == "17"


def test_taking_one_of_two_out_keeps_price_and_title() -> None:
    at = datetime(2026, 6, 10, tzinfo=UTC)
    two = CartChange("1", ADDED, at, {"product_id": "a", "name": "A", "price": 100, "quantity": 2})
    out = CartChange("2", REMOVED, at + timedelta(minutes=1), {"product_id": "a", "quantity": 1})
    cart = fold_cart([two, out])
    assert (cart.total, cart.items[0]["title"]) == (Decimal(100), "A")


def test_none_of_it_in_a_snapshot_is_none() -> None:
    at = datetime(2026, 6, 10, tzinfo=UTC)
    products = [{"product_id": "a", "price": 5, "quantity": 0}]
    assert fold_cart([CartChange("1", SNAPSHOT, at, {"products": products})]).items == ()
