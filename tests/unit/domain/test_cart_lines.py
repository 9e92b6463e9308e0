"""What lies in a cart, line by line: fractions, sizes, snapshots, currencies, and what was bought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.cart import ADDED, MIXED, ORDERED, REMOVED, SNAPSHOT, Cart, CartChange, fold_cart
from tests.support.engine.builders import PROPERTY

START = datetime(2026, 6, 10, 12, tzinfo=UTC)
Said = tuple[str, dict[str, Any]]


def folded(*told: Said, cart: str = "cart") -> Cart:
    """The cart after these events, a minute apart."""
    return fold_cart(
        [CartChange(f"m{n}", name, START + timedelta(minutes=n), said) for n, (name, said) in enumerate(told)], cart
    )


def added(product: str = "tea", price: Any = 100, quantity: Any = 1, **more: Any) -> Said:
    return ADDED, {"product_id": product, "price": price, "quantity": quantity, **more}


def removed(product: str = "tea", quantity: Any = 1, **more: Any) -> Said:
    return REMOVED, {"product_id": product, "quantity": quantity, **more}


def snapshot(*products: dict[str, Any], **more: Any) -> Said:
    return SNAPSHOT, {"products": list(products), **more}


def bought(*products: dict[str, Any], **more: Any) -> Said:
    return ORDERED, {**({"products": list(products)} if products else {}), **more}


def line(product: str, quantity: Any = 1, **more: Any) -> dict[str, Any]:
    return {"product_id": product, "quantity": quantity, **more}


TOTALS: dict[str, tuple[Sequence[Said], str | None]] = {
    "half a kilogram": ([added(price=3000, quantity=0.5)], "1500.00"),
    "half a kilogram as a text with a comma": ([added(price="3 000,00", quantity="0,5")], "1500.00"),
    "three quarters in a snapshot": ([snapshot(line("fish", 0.75, price=1000))], "750.00"),
    "half a kilogram twice": ([added(price=300, quantity=0.5), added(price=300, quantity=0.5)], "300.00"),
    "two sizes": ([snapshot(line("shirt", price=900, variant="S"), line("shirt", price=900, variant="M"))], "1800.00"),
    "two sizes of different prices": (
        [snapshot(line("shirt", price=900, variant="S"), line("shirt", price=700, variant="M"))],
        "1600.00",
    ),
    "two SKUs, put in one by one": ([added(price=900, sku="a"), added(price=900, sku="b")], "1800.00"),
    "two lines of their own": ([added(price=900, line_id="1"), added(price=900, line_id="2")], "1800.00"),
    "equal lines of a snapshot": ([snapshot(line("tea", price=900), line("tea", price=900))], "1800.00"),
    "one of two is sold for less": ([snapshot(line("tea", price=900), line("tea", price=450))], "1350.00"),
    "two of three are sold for less": ([snapshot(line("tea", price=900), line("tea", 2, price="450,50"))], "1801.00"),
    "one of two sizes is sold for less": (
        [snapshot(line("s", price=900, variant="S"), line("s", price=9, variant="S"), line("s", 1, price=1))],
        "910.00",
    ),
    "one of two prices cannot be read": ([snapshot(line("tea", price=900), line("tea", price="abc"))], None),
    "one of two prices is in another currency": (
        [snapshot(line("tea", price=900), line("tea", price=900, currency="EUR"))],
        None,
    ),
    "the dearer of two is taken out first": (
        [snapshot(line("tea", price=900), line("tea", price=450)), removed()],
        "450.00",
    ),
    "a line with its own id has one price": (
        [snapshot(line("tea", price=900, line_id="1"), line("tea", price=450, line_id="1"))],
        "900.00",
    ),
    "one of two sizes taken out": (
        [added(price=900, variant="S"), added(price=700, variant="M"), removed(variant="S")],
        "700.00",
    ),
    "the other of two sizes taken out": (
        [added(price=900, variant="S"), added(price=700, variant="M"), removed(variant="M")],
        "900.00",
    ),
    "a snapshot's total without prices": ([snapshot(line("tea", 2), total=1800)], "1800.00"),
    "a snapshot's total as a text": ([snapshot(line("tea", 2), total="1 800,00 ₽")], "1800.00"),
    "a snapshot's total beside one price": ([snapshot(line("tea", price=300), line("jam"), total=1800)], "1800.00"),
    "prices count more than the total": ([snapshot(line("tea", 2, price=800), total=1800)], "1600.00"),
    "put in after a snapshot's total": ([snapshot(line("tea", 2), total=1800), added("jam", 200)], "2000.00"),
    "a snapshot that says nothing": ([snapshot(line("tea", 2, price=900)), (SNAPSHOT, {"currency": "RUB"})], "1800.00"),
    "a snapshot whose lines are null": ([added(price=900), (SNAPSHOT, {"products": None, "total": ""})], "900.00"),
    "a snapshot whose total is all that could not be read": (
        [added(price=900), (SNAPSHOT, {"total": "abc"})],
        "900.00",
    ),
    "a snapshot that lists nothing and is worth nothing": ([added(price=900), (SNAPSHOT, {"total": 0})], "0.00"),
    "a snapshot of nothing after all": ([added(price=900), (SNAPSHOT, {}), snapshot()], "0.00"),
    "a snapshot that lists nothing has a total": ([(SNAPSHOT, {"total": 1800})], "1800.00"),
    "taken out without a price after a snapshot's total": (
        [snapshot(line("tea", 2), line("jam"), total=1800), removed("tea")],
        None,
    ),
    "a price that cannot be read": ([added(price="abc")], None),
    "a price that has two meanings": ([added(price="1,500")], None),
    "a price that the door could not read": ([snapshot(line("tea", 2, spoiled=["price"]))], None),
    "one of two prices that cannot be read": ([added(price=100), added("jam", price="free")], None),
    "a price that cannot be read, then one that can": ([added(price="abc"), added(price=100)], "200.00"),
    "a price that cannot be read beside a snapshot's total": ([snapshot(line("t", price="abc"), total=90)], "90.00"),
    "a total that cannot be read without prices": ([snapshot(line("tea", 2), total="abc")], None),
    "a quantity that cannot be read": ([added(quantity="many")], None),
    "a currency that is none": ([added(currency="gold")], None),
    "a price that nobody told": ([added(price=None), added("jam", 200)], "200.00"),
    "a discount is a line of its own": ([snapshot(line("tea", price=900), line("off", price=-100))], "800.00"),
    "a price of less than nothing": ([added(price=-900)], None),
    "a price of less than nothing as a text": ([added(price="\u2212900,00")], None),
    "a total of less than nothing": ([snapshot(line("tea", 2), total=-1800)], None),
    "less than nothing is not put in": ([added(quantity=-1)], "0.00"),
    "less than nothing is not taken out": ([added(), removed(quantity=-1)], "100.00"),
}


@pytest.mark.parametrize(("told", "total"), TOTALS.values(), ids=TOTALS)
def test_what_it_is_worth(told: Sequence[Said], total: str | None) -> None:
    assert folded(*told).total == (None if total is None else Decimal(total))


@pytest.mark.parametrize(
    ("told", "total", "currency"),
    [
        ([added(price=1500, currency="JPY")], "1500.00", "JPY"),
        ([snapshot(line("tea", price="12,50 €"))], "12.50", "EUR"),
        ([snapshot(line("tea", 2), total=20, currency="EUR")], "20.00", "EUR"),
        ([added(price=1500)], "1500.00", "RUB"),
        ([added(price=600), added("jam", 600, currency="KZT")], None, MIXED),
        ([added(price=600), snapshot(line("tea", price=6, currency="EUR"), line("jam", price=6))], None, MIXED),
    ],
)
def test_it_has_its_currency(told: Sequence[Said], total: str | None, currency: str) -> None:
    cart = folded(*told)
    assert (cart.total, cart.currency) == (None if total is None else Decimal(total), currency)


LEFT: dict[str, tuple[Sequence[Said], dict[str, Any]]] = {
    "bought without naming the cart": ([added(), bought(line("tea"))], {}),
    "bought with the name of another cart": ([added(), bought(line("tea"), cart_id="other")], {}),
    "something else was bought": ([added(), bought(line("bread"))], {"tea": 1}),
    "one of two was bought": ([added(quantity=2), bought(line("tea"))], {"tea": 1}),
    "bought, nobody said how many": ([added(quantity=2), bought({"product_id": "tea"})], {}),
    "bought, and nobody can read how many": ([added(quantity=2), bought(line("tea", "some"))], {}),
    "the till knows no sizes": ([added(variant="S"), added(variant="M"), bought(line("tea", 2))], {}),
    "the till knows the SKU alone": ([added(sku="17"), bought({"sku": "17", "quantity": 1})], {}),
    "another size was bought": ([added(variant="S"), bought(line("tea", variant="M"))], {"tea": 1}),
    "its own cart is empty, whatever was bought": ([added(), added("jam"), bought(line("tea"), cart_id="cart")], {}),
    "an order that names neither cart nor lines": ([added(), bought(total=900)], {"tea": 1}),
    "an order of another cart that names no lines": ([added(), bought(cart_id="other")], {"tea": 1}),
    "the same order of two sources": (
        [added(quantity=3), bought(line("tea"), order_id="o"), bought(line("tea"), order_id="o")],
        {"tea": 2},
    ),
    "the cart is named by the second source": (
        [added(), added("jam"), bought(line("tea"), order_id="o"), bought(order_id="o", cart_id="cart")],
        {},
    ),
    "the two of which one is sold for less": (
        [snapshot(line("tea", price=900), line("tea", price=450)), bought(line("tea", 2))],
        {},
    ),
    "put in after the order": ([bought(line("tea")), added()], {"tea": 1}),
    "half of what is sold by weight": ([added(quantity=1.5), bought(line("tea", 0.5))], {"tea": 1}),
}


@pytest.mark.parametrize(("told", "left"), LEFT.values(), ids=LEFT)
def test_an_order_takes_what_was_bought(told: Sequence[Said], left: dict[str, Any]) -> None:
    assert {item["product_id"]: item["quantity"] for item in folded(*told).items} == left


TEA, JAM = line("tea", price=100), line("jam", price=50)
SENT_AGAIN: dict[str, tuple[Sequence[Said], str, dict[str, Any]]] = {
    "as it was": ([snapshot(TEA, JAM), bought(TEA, JAM), snapshot(TEA, JAM)], "Uu", {}),
    "as it was, bought without lines": ([snapshot(TEA), bought(), snapshot(TEA)], "Uu", {"tea": 1}),
    "as it was, one thing of it bought": ([snapshot(TEA, JAM), bought(TEA), snapshot(TEA, JAM)], "Uu", {"jam": 1}),
    "what is left of it": ([snapshot(TEA, JAM), bought(TEA), snapshot(JAM)], "Uu", {"jam": 1}),
    "as it was, and again": ([snapshot(TEA), bought(TEA), snapshot(TEA), snapshot(TEA)], "Uuu", {}),
    "put in one by one before": ([added(), added("jam"), bought(TEA), snapshot(TEA)], "UUu", {}),
    "with something new": ([snapshot(TEA), bought(TEA), snapshot(TEA, JAM)], "UU", {"tea": 1, "jam": 1}),
    "with more of it": ([snapshot(TEA), bought(TEA), snapshot(line("tea", 2))], "UU", {"tea": 2}),
    "one of two sold for less": (
        [snapshot(TEA, line("tea", price=50)), bought(line("tea", 2)), snapshot(TEA, line("tea", price=50))],
        "Uu",
        {},
    ),
    "in another size": ([snapshot(line("t", variant="S")), bought(), snapshot(line("t", variant="M"))], "UU", {"t": 1}),
    "after the app knew that it is empty": ([snapshot(TEA), bought(TEA), snapshot(), snapshot(TEA)], "UEU", {"tea": 1}),
    "without an order": ([snapshot(TEA), snapshot(TEA)], "UU", {"tea": 1}),
    "after an order before which it was empty": ([bought(TEA), snapshot(TEA)], "U", {"tea": 1}),
    "two orders, one thing each": ([snapshot(TEA, JAM), bought(TEA), bought(JAM), snapshot(TEA, JAM)], "Uu", {}),
    "the app takes out what was bought": ([snapshot(TEA, JAM), bought(TEA), removed("tea")], "Uu", {"jam": 1}),
    "put in anew after the order": ([snapshot(TEA), bought(TEA), added()], "UU", {"tea": 1}),
}


@pytest.mark.parametrize(("told", "raised", "left"), SENT_AGAIN.values(), ids=SENT_AGAIN)
def test_a_cart_that_is_sent_again_after_an_order(told: Sequence[Said], raised: str, left: dict[str, Any]) -> None:
    cart = folded(*told)
    names = {"cart_updated": "U", "cart_emptied": "E", "cart_unchanged": "u"}
    assert "".join(names[name] for _, name in cart.raised) == raised
    assert {item["product_id"]: item["quantity"] for item in cart.items} == left


quantities = st.sampled_from([0.5, 1, 2, "1,5", None, "many"])
products = st.fixed_dictionaries(
    {"product_id": st.sampled_from("ab"), "quantity": quantities},
    optional={"price": st.sampled_from([100, "1 500,50", "abc"]), "variant": st.sampled_from("SM")},
)
orders = st.fixed_dictionaries(
    {},
    optional={
        "products": st.lists(products, max_size=2),
        "cart_id": st.sampled_from(["cart", "other"]),
        "order_id": st.sampled_from("xy"),
    },
)
events = st.one_of(
    st.tuples(st.sampled_from([ADDED, REMOVED]), products),
    st.tuples(st.just(SNAPSHOT), st.fixed_dictionaries({"products": st.lists(products, max_size=3)})),
    st.tuples(st.just(ORDERED), orders),
)


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 5), events), max_size=8), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_cart(told: list[tuple[int, Said]], random: Any) -> None:
    arrived = [
        CartChange(f"m{n}", name, START + timedelta(minutes=minute), said)
        for n, (minute, (name, said)) in enumerate(told)
    ]
    cart = fold_cart(arrived)
    assert fold_cart(random.sample(arrived, len(arrived))) == cart
    assert all(item["quantity"] > 0 for item in cart.items)
    assert cart.total is None or cart.total >= 0


@PROPERTY
@given(st.lists(events, max_size=6), st.lists(products, min_size=1, max_size=3))
def test_what_was_bought_last_is_in_no_cart(told: list[Said], lines: list[dict[str, Any]]) -> None:
    everything = [{key: value for key, value in said.items() if key == "product_id"} for said in lines]
    names = {item["product_id"] for item in folded(*told, bought(*everything)).items}
    assert not names & {said["product_id"] for said in lines}


def test_what_the_app_knows_to_be_gone_is_new_when_it_comes_back() -> None:
    cart = folded(snapshot(TEA, JAM), bought(TEA, JAM), snapshot(JAM), snapshot(TEA, JAM))
    assert [name for _, name in cart.raised] == ["cart_updated", "cart_unchanged", "cart_updated"]
    assert len(cart.items) == 2


def spoiled(told: Said, *names: str) -> CartChange:
    """The change as the door leaves it where it could not read these properties."""
    return CartChange("spoiled", told[0], START + timedelta(hours=1), told[1], names)


def after(change: CartChange, *told: Said) -> Cart:
    before = [CartChange(f"m{n}", name, START + timedelta(minutes=n), said) for n, (name, said) in enumerate(told)]
    return fold_cart([*before, change])


def test_a_snapshot_whose_lines_could_not_be_read_empties_nothing() -> None:
    cart = after(spoiled(snapshot_without_lines(), "products"), added(quantity=3))
    assert [(item["product_id"], item["quantity"]) for item in cart.items] == [("tea", 3)]
    assert (cart.total, cart.raised[-1][1]) == (None, "cart_updated")
    assert after(spoiled(snapshot_without_lines(), "products")).raised[-1][1] == "cart_unchanged"


def test_a_snapshot_of_which_a_line_could_not_be_read_has_no_known_total() -> None:
    assert after(spoiled(snapshot(line("tea", price=100)), "products")).total is None
    told = after(spoiled(snapshot(line("tea", price=100), total=500), "products"))
    assert told.total == Decimal(500)


def test_a_removal_of_nobody_knows_how_much_takes_nothing_for_granted() -> None:
    for there in (3, 1):
        cart = after(spoiled((REMOVED, {"product_id": "tea"}), "quantity"), added(quantity=there))
        assert [item["product_id"] for item in cart.items] == ["tea"]
        assert (cart.total, cart.raised[-1][1]) == (None, "cart_updated")


def test_the_next_good_snapshot_ends_the_doubt() -> None:
    doubtful = spoiled(snapshot_without_lines(), "products")
    good = CartChange("good", SNAPSHOT, START + timedelta(hours=2), snapshot(line("tea", price=100))[1])
    assert fold_cart([doubtful, good]).total == Decimal(100)


def snapshot_without_lines() -> Said:
    return SNAPSHOT, {}
