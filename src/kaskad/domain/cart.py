"""Carts, computed from the events that added, removed and bought items. The order of arrival does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from kaskad.domain.cart_lines import (
    Key,
    Line,
    common,
    contains,
    is_said,
    mark_uncertain,
    most,
    read_amount,
    read_line,
    read_lines,
    take,
    unite,
)
from kaskad.domain.values.amounts import MAX_AMOUNT, Money

ADDED, REMOVED, SNAPSHOT, ORDERED = "product_added", "product_removed", "cart_snapshot", "order_completed"
CART_EVENTS = (ADDED, REMOVED, SNAPSHOT, ORDERED)
UPDATED, EMPTIED = "cart_updated", "cart_emptied"
UNCHANGED = "cart_unchanged"  # no event of the journey language: what a change raised is renamed so, if it is none
DERIVED_SUFFIX = "#cart"  # suffix of the message id of an event that a change raised
MIXED = "mixed"  # the currency of a cart whose lines are in several: its total is computed by the shop's rates
NEGATIVE_TOTAL = "negative_total"  # of an order, which is perhaps a return: nobody knows
# A snapshot with it was told by somebody who had seen the cart as it was, after every order: it is what they mean now.
REPLACES = "replaces"
ONE_CART = "cart"  # the id of the cart in shops with one cart per customer


@dataclass(frozen=True, slots=True)
class CartChange:
    """One event that changes a cart. `spoiled` are the properties that could not be read.

    `origin` is the customer that it was told of: this one, or one who was merged into it; 0 if nobody was. `knows` are
    the customers who were part of that one when it was told.
    """

    message_id: str
    name: str
    occurred_at: datetime
    properties: Mapping[str, Any]
    spoiled: tuple[str, ...] = ()
    origin: int = 0
    knows: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Cart:
    """The content of a cart after all changes, and what the changes raised.

    `total` is None if a price of it could not be read, if it would be less than nothing, or if its lines are in several
    currencies (`MIXED`); `currency` is that of the total. A line that nobody ever priced counts nothing.
    """

    items: tuple[dict[str, Any], ...]
    total: Decimal | None
    currency: str
    updated_at: datetime | None  # of the last event that was about it; None without any
    raised: tuple[
        tuple[CartChange, str], ...
    ]  # change → cart_updated | cart_emptied | cart_unchanged; orders raise none


@dataclass(frozen=True, slots=True)
class _Order:
    """One order, whichever sources told it: the carts that it names, and the lines that were bought."""

    carts: frozenset[str]
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _State:
    """A cart while its changes are applied."""

    items: dict[Key, Line] = field(default_factory=dict)
    told: Money | None = None  # the total that a snapshot told, as later changes leave it
    was_told: bool = False  # whether there was one: if it cannot be followed any more, the total is unknown
    unread: bool = False  # the last snapshot could not be read in full: what is in the cart is not known
    before: dict[Key, Line] = field(default_factory=dict)  # what was in it before an order: an app may send it again
    origins: dict[Key, int] = field(default_factory=dict)  # of lines that were told of one who was merged


def fold_cart(changes: Iterable[CartChange], cart: str = ONE_CART, *, shop: str = "RUB") -> Cart:
    """The cart after these changes, in the order in which they happened. `shop` is the currency of bare numbers.

    The changes are those of this cart, and all orders of the customer. Of customers who were merged the lines are
    united: a snapshot says nothing about the cart of one who was somebody else when it was told.
    """
    ordered = sorted(changes, key=lambda change: (change.occurred_at, change.message_id))
    orders = _read_orders(ordered, shop)
    state, raised, updated_at = _State(), [], None
    for change in ordered:
        if _says_nothing(change, shop):
            raised.append((change, UNCHANGED))
            continue
        if change.name != ORDERED:
            raised.append((change, _apply(state, change, shop)))
        elif change.message_id not in orders or not _buy(state, orders[change.message_id], cart):
            continue
        updated_at = change.occurred_at
    total, currency = _total(state, shop)
    items = tuple(line.document(shop) for line in state.items.values())
    return Cart(items, total, currency, updated_at, tuple(raised))


def _read_orders(changes: Sequence[CartChange], shop: str) -> dict[str, _Order]:
    """The orders by the message that told each first: a till and a CRM may both tell the same one."""
    first: dict[str, str] = {}
    orders: dict[str, _Order] = {}
    for change in changes:
        if change.name != ORDERED:
            continue
        said = change.properties
        id_ = first.setdefault(str(said.get("order_id") or change.message_id), change.message_id)
        known = orders.get(id_, _Order(frozenset(), ()))
        named = frozenset([str(said["cart_id"])] if said.get("cart_id") else [])
        lines = known.lines or tuple(read_lines(said.get("products"), said.get("currency"), shop))
        orders[id_] = _Order(known.carts | named, lines)
    return orders


def _buy(state: _State, order: _Order, cart: str) -> bool:
    """Empties the cart that the order names, and takes what was bought out of every other one; False if it had none.

    Of an order that names neither cart nor lines nobody knows what it took: it ends entries, and the cart stays.
    """
    state.before = most(state.items, state.before)
    if cart in order.carts:
        _clear(state)
        return True
    took = [_take(state, line, line.quantity) for line in order.lines]  # of all of them
    return any(took)


def _apply(state: _State, change: CartChange, shop: str) -> str:
    """Applies the change; returns what it raises."""
    if change.name == SNAPSHOT:
        if _is_sent_again(state, change, shop):
            return UNCHANGED
        if state.unread and not state.items:
            return UNCHANGED
    else:
        said = change.properties
        line = read_line(said, said.get("currency"), shop, spoiled=change.spoiled)
        if change.name == ADDED:
            _add(state, line, change.origin)
        elif "quantity" in line.spoiled:
            _mark_uncertain(state, line)
        elif not _remove(state, line) and state.items:
            return UNCHANGED
    return UPDATED if state.items or (state.told and state.told.amount > 0) else EMPTIED


def _says_nothing(change: CartChange, shop: str) -> bool:
    """Whether it is a snapshot that names neither lines nor a total: it is no statement about what is in the cart."""
    said = change.properties
    if change.name != SNAPSHOT or isinstance(said.get("products"), list) or "products" in change.spoiled:
        return False
    return "total" in change.spoiled or read_amount(said.get("total"), said.get("currency"), shop) is None


def _is_sent_again(state: _State, change: CartChange, shop: str) -> bool:
    """Applies a snapshot; returns whether it tells, after an order, only what was in the cart before it."""
    said = change.properties
    lines = unite(read_lines(said.get("products"), said.get("currency"), shop))
    state.unread = "products" in change.spoiled
    if lines and not state.unread and not is_said(said.get(REPLACES)) and contains(state.before, lines.values()):
        kept = common(state.items, lines.values())
        state.before = common(state.before, lines.values())
        for line in list(state.items.values()):
            _take(state, line, line.count - (kept[line.key].count if line.key in kept else 0))
        return True
    told = None if "total" in change.spoiled else read_amount(said.get("total"), said.get("currency"), shop)
    unlisted = not isinstance(said.get("products"), list) and (state.unread or (told is not None and told.amount > 0))
    others = _lines_of_others(state, change)
    if not unlisted:
        state.items = {**others, **lines}
        if change.origin:
            state.origins |= dict.fromkeys(lines, change.origin)
        _forget_origins(state)
    state.told, state.was_told = told, is_said(said.get("total")) or "total" in change.spoiled
    if others:  # it told the total of its own lines alone
        state.told, state.was_told = None, False
    state.before = {}
    return False


def _lines_of_others(state: _State, change: CartChange) -> dict[Key, Line]:
    """The lines that the snapshot says nothing about: it came from one who was another customer then."""
    spoken_of = {change.origin, *change.knows}
    return {key: line for key, line in state.items.items() if state.origins.get(key, 0) not in spoken_of}


def _add(state: _State, line: Line, origin: int) -> None:
    if line.count <= 0:
        return
    if origin:  # of most carts nobody was merged
        state.origins.setdefault(line.key, origin)
    state.items[line.key] = state.items[line.key].add(line) if line.key in state.items else line
    _follow_total(state, line, line.count)


def _mark_uncertain(state: _State, line: Line) -> None:
    """Something of the line was taken out, and nobody knows how much: what is left has no known quantity."""
    if mark_uncertain(state.items, line):
        state.told = None


def _remove(state: _State, line: Line) -> bool:
    """Takes the line out; returns whether that is news: after an order, an app may take out what was bought."""
    gone = _take(state, line, line.count)
    known = take(state.before, line, line.count)
    return bool(gone) or not known


def _take(state: _State, line: Line, quantity: Decimal | None) -> bool:
    gone = take(state.items, line, quantity)
    for there, some in gone:
        _follow_total(state, there, -some)
    if not state.items:
        _clear(state)
    _forget_origins(state)
    return bool(gone)


def _forget_origins(state: _State) -> None:
    """Forgets who told of the lines that are gone: whoever tells of one again is who speaks of it."""
    state.origins = {key: origin for key, origin in state.origins.items() if key in state.items}


def _clear(state: _State) -> None:
    state.origins = {}
    state.items, state.told, state.was_told, state.unread = {}, None, False, False


def _follow_total(state: _State, line: Line, quantity: Decimal) -> None:
    """Brings the total that was told up to date; without a price it cannot be followed any more."""
    if state.told and line.price is not None and line.currency == state.told.currency:
        state.told = replace(state.told, amount=max(state.told.amount + line.price * quantity, Decimal(0)))
    else:
        state.told = None


def _total(state: _State, shop: str) -> tuple[Decimal | None, str]:
    """The total and its currency. One that was told counts where lines have no readable price."""
    lines = list(state.items.values())
    unknown = [line for line in lines if line.price is None or line.spoiled]
    if state.told and (unknown or not lines or state.unread):
        return _bound(state.told.amount), state.told.currency
    if state.unread:
        return None, shop
    if any(line.spoiled for line in lines) or (unknown and state.was_told):
        return None, shop
    priced = [line for line in lines if line.price is not None]
    currencies = {line.currency for line in priced} or {shop}
    if len(currencies) > 1:
        return None, MIXED
    return _bound(sum(((line.price or 0) * line.count for line in priced), Decimal(0))), currencies.pop()


def _bound(total: Decimal) -> Decimal | None:
    """The total; None for less than nothing, which is a mistake."""
    return None if total < 0 else min(total, MAX_AMOUNT).quantize(Decimal("0.01"))


def cart_id(properties: Mapping[str, Any]) -> str:
    """The id of the cart; it is empty in shops with one cart per customer."""
    return str(properties.get("cart_id") or ONE_CART)


@dataclass(frozen=True, slots=True)
class AffectedCarts:
    """The (customer, cart) pairs that events change, and the customers whose carts all change: they ordered."""

    carts: frozenset[tuple[int, str]]
    customers: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.carts or self.customers)


def affected_carts(changes: Sequence[tuple[int, str, Mapping[str, Any]]]) -> AffectedCarts:
    """What these (customer, name, properties) events change."""
    ordered = frozenset(customer for customer, name, _ in changes if name == ORDERED)
    carts = frozenset(
        (customer, cart_id(said))
        for customer, name, said in changes
        if name in CART_EVENTS and (name != ORDERED or said.get("cart_id"))
    )
    return AffectedCarts(carts, ordered)
