"""Orders and carts in the words of other shops' systems: their lines, their money, and what a status means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from kaskad.domain.cart import NEGATIVE_TOTAL, ORDERED
from kaskad.domain.cart_lines import is_said
from kaskad.domain.values.amounts import MAX_AMOUNT, read_money, to_json
from kaskad.domain.values.dialect import Dialect
from kaskad.services.ingestion.parsing import snake_case
from kaskad.services.ingestion.property_types import LINES, QUANTITY, SPOILED, Kinds, TypedProperties

CART, RETURNED, CANCELLED = "cart_updated", "order_returned", "order_cancelled"
EVENTS = frozenset({CART, "checkout_started", ORDERED, "order_delivered", RETURNED, CANCELLED})
STATUS_EVENTS = frozenset({"order_status_changed", "order_updated", "order_status_updated"})
LINE_LISTS = (LINES, "line_items", "items", "lines", "cart_items", "order_items")
TOTAL, REFUND_ID, RETURN_ID = "total", "refund_id", "return_id"
# The total in other words: the surer ones first, what is without tax and shipping last.
TOTALS = (
    *("revenue", "value", "total_price", "amount", "cart_total", "order_total", "grand_total", "total_amount"),
    *("order_value", "cart_value", "subtotal", "sub_total"),
)
# What came back may stand beside the order's own total.
REFUNDS = ("refund_amount", "refunded_amount", "amount_refunded", "refund_total", "total_refunded")
STATUSES = ("status", "order_status", "new_status")
# A closed list: what is asked for, half done or undone again (`cancel_requested`, `partially_refunded`) is none of it.
MEANINGS = {
    CANCELLED: (
        *("cancelled", "canceled", "void", "voided", "annulled", "order cancelled", "order canceled"),
        *("отменен", "отменена", "отменено", "заказ отменен", "аннулирован", "аннулирована"),
    ),
    RETURNED: (
        *("refunded", "returned", "fully refunded", "fully returned", "order refunded", "order returned"),
        *("возвращен", "возвращена", "возвращено", "заказ возвращен"),
    ),
}
DERIVED_SUFFIX = "#undone"  # suffix of the message id of the event that a status means
EVENT_OF_STATUS = {word: event for event, words in MEANINGS.items() for word in words}


def read_words(name: str, said: Mapping[str, Any], kinds: Kinds, *, dialect: Dialect) -> Mapping[str, Any]:
    """Returns the properties of a cart or an order with their lines as `products` and their money as `total`."""
    if name not in EVENTS:
        return said
    found = dict(said)
    listed = _line_list(said)
    if listed and listed != LINES:
        found[LINES] = found[listed] if listed in kinds else found.pop(listed)
    words = (*REFUNDS, TOTAL, *TOTALS) if name == RETURNED else (TOTAL, *TOTALS)
    if name == RETURNED or not is_said(said.get(TOTAL)):
        found |= _total(said, words, dialect)
    if name == RETURNED:
        if not is_said(said.get(REFUND_ID)) and isinstance(said.get(RETURN_ID), str | int):
            found[REFUND_ID] = str(said[RETURN_ID])
        if isinstance(found.get(LINES), list):
            found[LINES] = [_came_back(line) for line in found[LINES]]
    return found


def settle(name: str, typed: TypedProperties) -> None:
    """Settles the money of an order, or of what came back, once it was read.

    Money that nothing tells is unknown. So is a negative total of an order: perhaps it is a return, nobody knows.
    """
    values = typed.values
    if name == RETURNED and isinstance(values.get(TOTAL), int | float):
        values[TOTAL] = abs(values[TOTAL])
    if name != ORDERED or TOTAL in typed.spoiled:
        return
    if not is_said(values.get(TOTAL)):
        values.pop(TOTAL, None)
        worth = None if LINES in typed.spoiled else _worth(values.get(LINES), values.get("currency"))
        if worth is None:
            typed.spoiled[TOTAL] = None
            return
        values[TOTAL] = worth
    if values[TOTAL] < 0:
        values[NEGATIVE_TOTAL] = values.pop(TOTAL)
        typed.spoiled[TOTAL] = f"{values[NEGATIVE_TOTAL]}, less than nothing"


def undoing(name: str, said: Mapping[str, Any]) -> str | None:
    """Returns `order_cancelled` or `order_returned` if the order's new status means it."""
    if name not in STATUS_EVENTS:
        return None
    words = (said[key] for key in STATUSES if isinstance(said.get(key), str))
    return next((event for word in words if (event := EVENT_OF_STATUS.get(_simplify(word)))), None)


def is_cart_without_lines(name: str, typed: TypedProperties) -> bool:
    """Returns whether it is a cart of which it says neither what is in it nor what it is worth: nothing changes."""
    says = isinstance(typed.values.get(LINES), list) or LINES in typed.spoiled or is_said(typed.values.get(TOTAL))
    return name == CART and not says


def _line_list(said: Mapping[str, Any]) -> str | None:
    """The first list of objects; without one, the first list of nothing: it is empty."""
    lists = [key for key in LINE_LISTS if isinstance(said.get(key), list)]
    full = (key for key in lists if any(isinstance(item, dict) for item in said[key]))
    return next(full, None) or next((key for key in lists if key == LINES or not said[key]), None)


def _total(said: Mapping[str, Any], words: Iterable[str], dialect: Dialect) -> dict[str, Any]:
    """What the first of these words says that says an amount; nothing if `total` comes first, or none does."""
    for word in words:
        if word == TOTAL and is_said(said.get(TOTAL)):
            return {}
        if read_money(said.get(word), None, shop=dialect.currency, decimal=dialect.formats.decimal):
            return {TOTAL: said[word]}
    return {}


def _came_back(line: Any) -> Any:
    """The line of a return: tills write that minus one piece was sold."""
    if not isinstance(line, dict):
        return line
    return {key: _unsigned(part) if snake_case(key) in (QUANTITY, "qty") else part for key, part in line.items()}


def _unsigned(said: Any) -> Any:
    if isinstance(said, str):
        return said.strip().lstrip("-\u2212")
    return abs(said) if isinstance(said, int | float) and not isinstance(said, bool) else said


def _worth(lines: Any, currency: Any) -> int | float | None:
    """What the lines cost together; None if one has no price, or another currency than the order."""
    if not isinstance(lines, list) or not lines:
        return None
    total = Decimal(0)
    for line in lines:
        price, own = line.get("price"), line.get("currency")
        if SPOILED in line or not isinstance(price, int | float) or (own and own != currency):
            return None
        total += Decimal(str(price)) * Decimal(str(1 if line.get(QUANTITY) is None else line[QUANTITY]))
    return to_json(total.quantize(Decimal("0.01"))) if abs(total) <= MAX_AMOUNT else None


def _simplify(word: str) -> str:
    return " ".join(word.casefold().replace("ё", "е").replace("_", " ").replace("-", " ").strip(" .!").split())
