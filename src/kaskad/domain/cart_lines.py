"""The lines of carts and orders: what tells them apart, what each says, and taking some of them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kaskad.domain.values.amounts import MAX_AMOUNT, Money, read_currency, read_money, read_number, to_json

Key = tuple[str, ...]
NONE, CENT = Decimal(0), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `quantity` is None if the order did not say it readably, `price` if nobody said it readably."""

    product_id: str
    line_id: str
    sku: str
    variant: str
    quantity: Decimal | None
    price: Decimal | None
    currency: str
    spoiled: frozenset[str]  # of price and quantity: what was said, and could not be read
    said: Mapping[str, Any]  # title, url, image
    twin: str = ""  # the price, where another line of the same event differs from this one in nothing else

    @property
    def key(self) -> Key:
        """What tells it apart: the line's own id, else the product with its SKU or variant, and a twin's price."""
        if self.line_id:
            return ("line", self.line_id)
        return ("item", self.product_id, self.sku or self.variant, self.twin)

    @property
    def count(self) -> Decimal:
        """How many; one if it was not said."""
        return Decimal(1) if self.quantity is None else self.quantity

    def is_like(self, other: Line) -> bool:
        """Whether both can be the same thing: a till may know the product, and neither line nor variant."""
        if self.line_id and self.line_id == other.line_id:
            return True
        pairs = ((self.product_id, other.product_id), (self.sku, other.sku), (self.variant, other.variant))
        return any(one and one == two for one, two in pairs[:2]) and all(
            one == two or not one or not two for one, two in pairs
        )

    def add(self, line: Line) -> Line:
        """This line with the other's quantity; what the other says counts for the whole line."""
        priced = line.price is not None or "price" in line.spoiled
        newer = line if priced else self
        return replace(
            line,
            quantity=self.count + line.count,
            price=newer.price,
            currency=newer.currency,
            spoiled=(newer.spoiled & {"price"}) | ((self.spoiled | line.spoiled) & {"quantity"}),
            said={**self.said, **{key: value for key, value in line.said.items() if value or key not in self.said}},
        )

    def document(self, shop: str) -> dict[str, Any]:
        """Plain values for the store; the currency only if it is not the shop's."""
        own = {"line_id": self.line_id, "sku": self.sku, "variant": self.variant}
        own["currency"] = "" if self.currency == shop else self.currency
        return {
            "product_id": self.product_id,
            "title": self.said["title"],
            "price": self.price,
            "quantity": to_json(self.count),
            "url": self.said["url"],
            "image": self.said["image"],
            **{key: value for key, value in own.items() if value},
            **({"spoiled": sorted(self.spoiled)} if self.spoiled else {}),
        }


Lines = Mapping[Key, Line]


def thing_of(line: Mapping[str, Any]) -> str:
    """What a line is of, as purchases are compared: its product, else its SKU; "" if it names neither."""
    return _text(line.get("product_id")) or _text(line.get("sku"))


def read_line(product: Mapping[str, Any], currency: Any, shop: str, *, spoiled: Iterable[str] = ()) -> Line:
    """The line as told by an event. `currency` is the event's; `spoiled` is what the door could not read of it."""
    lost = {name for name in (*spoiled, *_names(product.get("spoiled"))) if name in ("price", "quantity", "currency")}
    own = product.get("currency") if is_said(product.get("currency")) else currency
    price = None if "currency" in lost else read_amount(product.get("price"), own, shop)
    if "currency" in lost or (price is None and is_said(product.get("price"))):
        lost.add("price")
    quantity = _read_plain(product.get("quantity"))
    if quantity is None and is_said(product.get("quantity")):
        lost.add("quantity")
    return Line(
        product_id=_text(product.get("product_id")),
        line_id=_text(product.get("line_id")),
        sku=_text(product.get("sku")),
        variant=_text(product.get("variant")),
        quantity=quantity,
        price=price.amount if price else None,
        currency=price.currency if price else shop,
        spoiled=frozenset(lost - {"currency"}),
        said={
            "title": product.get("name") or product.get("title") or "",
            "url": product.get("url"),
            "image": product.get("image_url"),
        },
    )


def read_lines(products: Any, currency: Any, shop: str) -> list[Line]:
    """The lines of a list `products`; none if it is no list."""
    several = products if isinstance(products, list) else []
    return [read_line(product, currency, shop) for product in several if isinstance(product, Mapping)]


def unite(lines: Iterable[Line]) -> dict[Key, Line]:
    """The lines of one event by their key: equal ones add up, and those of which there is nothing are left out."""
    items: dict[Key, Line] = {}
    for each in lines:
        if each.count > 0:
            line = _tell_apart(each, items.get(each.key))
            items[line.key] = items[line.key].add(line) if line.key in items else line
    return items


def _tell_apart(line: Line, there: Line | None) -> Line:
    """The line, as one of its own if the other has another price: the second of two is sold for less."""
    if there is None or None in (line.price, there.price) or line.line_id:
        return line
    same = (line.price, line.currency) == (there.price, there.currency)
    return line if same else replace(line, twin=f"{line.price} {line.currency}")


def mark_uncertain(items: dict[Key, Line], line: Line) -> bool:
    """Marks the lines that can be this one: nobody knows how many of them are left. Returns whether there are any."""
    keys = list(_alike(items, line))
    for key in keys:
        items[key] = replace(items[key], spoiled=items[key].spoiled | {"quantity"})
    return bool(keys)


def take(items: dict[Key, Line], line: Line, quantity: Decimal | None) -> list[tuple[Line, Decimal]]:
    """Takes so many like `line` out of the items, all of them if `quantity` is None; returns what went.

    The very line goes first, then others of the same product.
    """
    gone: list[tuple[Line, Decimal]] = []
    for key in _alike(items, line):
        if quantity is not None and quantity <= 0:
            break
        there = items[key]
        some = there.count if quantity is None else min(there.count, quantity)
        gone.append((there, some))
        if there.count == some:
            del items[key]
        else:
            items[key] = replace(there, quantity=there.count - some)
        quantity = None if quantity is None else quantity - some
    return gone


def contains(lines: Lines, others: Iterable[Line]) -> bool:
    """Whether all of these others are among the lines, in no larger quantity."""
    rest = dict(lines)
    return all(sum(some for _, some in take(rest, line, line.count)) >= line.count for line in others)


def common(lines: Lines, others: Iterable[Line]) -> dict[Key, Line]:
    """What of the lines is among the others too, each in the smaller quantity."""
    rest = dict(lines)
    kept: dict[Key, Decimal] = {}
    for line in others:
        for there, some in take(rest, line, line.count):
            kept[there.key] = kept.get(there.key, NONE) + some
    return {key: replace(lines[key], quantity=kept[key]) for key in lines if key in kept}


def most(lines: Lines, others: Lines) -> dict[Key, Line]:
    """The lines of both, each in the larger quantity."""
    return {
        **others,
        **{key: line for key, line in lines.items() if key not in others or line.count > others[key].count},
    }


def _alike(items: Lines, line: Line) -> Iterator[Key]:
    """Yields the keys of the lines that can be this one: the very one alone if it is named by more than its product.

    The others are looked for only when the very line was not enough.
    """
    there = line.key in items
    if there:
        yield line.key
    if not (there and (line.line_id or line.sku or line.variant)):
        yield from [key for key, other in items.items() if key != line.key and _shares_id(other, line)]


def _shares_id(one: Line, two: Line) -> bool:
    """Whether they are alike; what most lines differ in is looked at first."""
    if (
        one.product_id != two.product_id
        and (not one.sku or one.sku != two.sku)
        and (not one.line_id or one.line_id != two.line_id)
    ):
        return False
    return one.is_like(two)


def read_amount(said: Any, currency: Any, shop: str) -> Money | None:
    """The money, in the currency that was said beside it, else the shop's; None if either cannot be read."""
    code = currency if currency == shop or currency is None else _read_code(currency)
    if not is_said(said) or (is_said(currency) and code is None):
        return None
    number = None if isinstance(said, str) else _read_plain(said)
    return Money(number.quantize(CENT), code or shop) if number is not None else read_money(said, code, shop=shop)


def _read_plain(said: Any) -> Decimal | None:
    """The number; those that JSON has as numbers, as nearly all are, without looking at their letters."""
    if type(said) is int or type(said) is Decimal:
        number = Decimal(said)
        if number.is_finite() and abs(number) <= MAX_AMOUNT:
            return number
    return read_number(said)


@lru_cache(maxsize=256)
def _read_text_code(said: str) -> str | None:
    return read_currency(said)


def _read_code(said: Any) -> str | None:
    return _read_text_code(said) if isinstance(said, str) else None


def is_said(value: Any) -> bool:
    """Whether there is a value: null and the empty text are none."""
    return value is not None and value != ""


def _names(said: Any) -> list[str]:
    return [name for name in said if isinstance(name, str)] if isinstance(said, list) else []


def _text(value: Any) -> str:
    return "" if value is None else str(value)
