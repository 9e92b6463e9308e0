"""Amounts that know their currency: templates show each in its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Self

from kaskad.domain.cart import MIXED
from kaskad.domain.journeys.project import ShopInfo
from kaskad.domain.values.amounts import MONEY_NAMES, read_number

MONEY_KEYS = (*MONEY_NAMES, "old_price")  # money of events and of their lines


class Priced(Decimal):
    """A Decimal with a currency, which sums, differences and multiples keep. Two currencies raise ValueError."""

    currency: str

    def __new__(cls, amount: Decimal | str | int, currency: str) -> Self:
        """The amount in that currency."""
        made = super().__new__(cls, amount)
        made.currency = currency
        return made

    def __add__(self, other: Any) -> Any:
        return self._with(super().__add__(other), other)

    def __sub__(self, other: Any) -> Any:
        return self._with(super().__sub__(other), other)

    def __mul__(self, other: Any) -> Any:
        return self._with(super().__mul__(other), other)

    __radd__, __rmul__ = __add__, __mul__

    def _with(self, result: Any, other: Any) -> Any:
        if result is NotImplemented:
            return result
        if isinstance(other, Priced) and other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Priced(result, self.currency)


def price_of(amount: Any, currency: str | None, shop: ShopInfo) -> Priced | None:
    """The amount in its currency, the shop's if none is given; None if there is none."""
    number = read_number(amount)
    return None if number is None else Priced(number, currency or shop.currency)


def total_of(known: Mapping[str, Any], items: Iterable[Mapping[str, Any]], shop: ShopInfo) -> Priced | None:
    """The total of a cart as stored: in its own currency, or in the shop's by its rates if the lines are in several.

    A line that nobody ever priced counts nothing.
    """
    if known.get("currency") != MIXED:
        return price_of(known["total"], known.get("currency"), shop)
    return total_of_lines((item for item in items if item.get("price") is not None), shop)


def total_of_lines(items: Iterable[Mapping[str, Any]], shop: ShopInfo) -> Priced | None:
    """What these lines cost together: in their own currency if it is one, else in the shop's by its rates.

    None if a price, a quantity or a rate is not known.
    """
    priced: list[tuple[Priced, Decimal]] = []
    for item in items:
        price, quantity = price_of(item.get("price"), item.get("currency"), shop), read_number(item.get("quantity"))
        if price is None or quantity is None or item.get("spoiled"):
            return None
        priced.append((price, quantity))
    currencies = {price.currency for price, _ in priced}
    if len(currencies) == 1:
        return Priced(_to_cents(sum((price * quantity for price, quantity in priced), Decimal(0))), currencies.pop())
    total = Decimal(0)
    for price, quantity in priced:
        worth = shop.in_own_currency(Decimal(price), price.currency)
        if worth is None:
            return None
        total += worth * quantity
    return Priced(_to_cents(total), shop.currency)


def _to_cents(amount: Decimal) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def in_its_currency(said: Mapping[str, Any], shop: ShopInfo, currency: str | None = None) -> dict[str, Any]:
    """What an event says, its money and that of its lines in the currency that it names, if it is not the shop's."""
    own = said.get("currency") if isinstance(said.get("currency"), str) else currency
    found = dict(said)
    if own and own != shop.currency:
        found |= {key: price_of(said[key], own, shop) or said[key] for key in MONEY_KEYS if key in said}
    if isinstance(said.get("products"), list):
        found["products"] = [
            in_its_currency(line, shop, own) if isinstance(line, Mapping) else line for line in said["products"]
        ]
    return found
