"""One offer in the shop's terms: the product that it describes, its price, and how many there are in which store.

What can be read has one form, so that two spellings of the same are no change. What cannot be read is handed on as it
was written: the door judges it, as it judges events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.feeds import Feed
from kaskad.domain.rejection import RejectionCode
from kaskad.domain.values.amounts import Money, read_currency, read_money, read_number, to_json
from kaskad.domain.values.placeholders import is_placeholder
from kaskad.domain.values.typed_values import WORDS
from kaskad.services.feeds.columns import STOCK_OF, Columns, columns_of, read_columns
from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.ingestion.digests import compute_digest
from kaskad.services.ingestion.event_limits import MAX_CHARACTERS

ONLINE = "online"  # the store of products whose feed names none, as of events
IN_STOCK = ("in stock", "instock", "available", "limited availability", "limitedavailability", "есть", "в наличии")
# What can be ordered and is not there is out of stock too.
OUT_OF_STOCK = (
    *("out of stock", "outofstock", "sold out", "soldout", "preorder", "pre order", "backorder", "back order"),
    *("available for order", "discontinued", "unavailable", "not available"),
    *("нет в наличии", "под заказ", "отсутствует"),
)
AVAILABLE = {**WORDS, **dict.fromkeys(IN_STOCK, True), **dict.fromkeys(OUT_OF_STOCK, False)}
DESCRIBING = ("name", "category", "similar", "refill_days", "url", "image_url")
OfferRemark = tuple[RejectionCode, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer. `properties` describe the product; `stock`: {store: units}, None if nothing is said of it.

    `remarks` say what could not be read. `sale_edges`: when a sale begins and ends.
    """

    id: str
    store: str
    properties: Mapping[str, Any]
    stock: Mapping[str, int | float] | None
    price: Money | None
    place: str
    remarks: tuple[OfferRemark, ...] = ()
    sale_edges: tuple[datetime, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.id, self.store

    @property
    def digest(self) -> str:
        """The hash of what it says of the product, and of what could not be read."""
        return compute_digest(self.properties, self.remarks)


class OfferFault(Exception):
    """It is no offer: a code and a sentence."""

    def __init__(self, code: RejectionCode, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(detail)


@dataclass(slots=True)
class OfferInterpreter:
    """Understands the offers of one feed. `shop` is the shop's currency, `at` and `zone` are about sales."""

    feed: Feed
    shop: str
    at: datetime
    zone: ZoneInfo
    _columns: Columns = field(init=False)

    def __post_init__(self) -> None:
        self._columns = columns_of(self.feed)

    def read(self, raw: RawOffer) -> Offer:
        """The offer. Raises OfferFault."""
        said = read_columns(self._columns, raw.columns)
        id_ = said.pop("product_id", "")
        if not id_ or is_placeholder(id_) or len(id_) > MAX_CHARACTERS:
            why = "it names no product" if len(id_) <= MAX_CHARACTERS else "the product's id is too long"
            raise OfferFault(RejectionCode.NO_PRODUCT, f"{raw.place}: {why}{raw.fault and ', and ' + raw.fault}")
        store = said.pop("store", "")
        if raw.fault:  # the product is in the feed, and nothing that is said of it is sure
            return Offer(id_, store, {}, None, None, raw.place, ((RejectionCode.BAD_SHAPE, raw.fault),))
        remarks: list[OfferRemark] = []
        price, edges = self._price(said, remarks)
        stock = self._stock(said, raw.stores, store, remarks=remarks)
        properties = {name: said[name] for name in said if name in DESCRIBING or name.startswith("title_")}
        properties |= self._told_price(said, price)
        return Offer(id_, store, properties, stock, price, raw.place, tuple(remarks), edges)

    def _price(self, said: Mapping[str, str], remarks: list[OfferRemark]) -> tuple[Money | None, tuple[datetime, ...]]:
        """The price that counts at this time, and when that changes."""
        price, sale = self._money(said, "price"), self._money(said, "sale_price")
        if "sale_price" not in said:
            return price, ()
        if sale is None:
            remarks.append((RejectionCode.SPOILED, f"'sale_price' could not be read: {said['sale_price']!r:.60}"))
            return price, ()
        if price is not None and sale.amount >= price.amount:
            return price, ()
        if "sale_dates" not in said:
            return sale, ()
        first, _, last = said["sale_dates"].partition("/")
        begins, ends = self._instant(first), self._instant(last, end=True)
        if begins is None or ends is None:
            remarks.append((RejectionCode.SPOILED, f"the dates of the sale cannot be read: {said['sale_dates']!r:.60}"))
            return price, ()
        return (sale if begins <= self.at < ends else price), (begins, ends)

    def _instant(self, said: str, *, end: bool = False) -> datetime | None:
        """The instant, without an offset on the shop's wall clock; a day alone ends with its last hour."""
        text = said.strip()
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        at += timedelta(days=1 if end and len(text) == len("2027-03-02") else 0)
        return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)

    def _money(self, said: Mapping[str, str], name: str) -> Money | None:
        if name not in said:
            return None
        currency = read_currency(said["currency"]) if "currency" in said else None
        if "currency" in said and currency is None:
            return None
        usual = self.feed.currency or self.shop
        found = read_money(said[name], currency, shop=usual, decimal=self.feed.decimal)
        return found if found is not None and found.amount > 0 else None

    def _told_price(self, said: Mapping[str, str], price: Money | None) -> dict[str, Any]:
        """The price as the door reads it; what could not be read is told as it was written, and judged there."""
        if price is not None:
            return {"price": str(price.amount), "currency": price.currency}
        return {name: said[name] for name in ("price", "currency") if name in said and "price" in said}

    def _stock(
        self, said: Mapping[str, str], stores: Mapping[str, str], store: str, *, remarks: list[OfferRemark]
    ) -> dict[str, int | float] | None:
        """The units in each store; None if nothing is said, or nothing of it can be read."""
        there = self._available(said, remarks)
        counted = {name.removeprefix(STOCK_OF): said[name] for name in said if name.startswith(STOCK_OF)} | dict(stores)
        if "stock" in said:
            counted.setdefault(store or ONLINE, said["stock"])
        if there is False:
            return dict.fromkeys(counted or [store or ONLINE], 0)
        if not counted:
            return {store or ONLINE: self.feed.available_units} if there else None
        found = {name: self._units(units, there) for name, units in counted.items()}
        if unread := [name for name, units in found.items() if units is None]:
            told = ", ".join(f"{name!r}: {counted[name]!r:.60}" for name in unread[:3])
            remarks.append((RejectionCode.SPOILED, f"the stock could not be read: {told}"))
            return None  # a part of the stores would look like a loss of the others
        return {name: units for name, units in found.items() if units is not None}

    def _units(self, said: str, there: bool | None) -> int | float | None:
        """How many there are; a store that is named without a number has some."""
        if not said.strip() and there:
            return self.feed.available_units
        number = read_number(said, self.feed.decimal)
        return None if number is None else to_json(max(number, Decimal(0)))  # below zero: promised beyond the stock

    def _available(self, said: Mapping[str, str], remarks: list[OfferRemark]) -> bool | None:
        word = said.get("available")
        if word is None:
            return None
        plain = word.strip().casefold().rpartition("/")[2].replace("_", " ").replace("-", " ")
        found = AVAILABLE.get(plain)
        if found is None:
            remarks.append((RejectionCode.SPOILED, f"'available' could not be read: {word!r:.60}"))
        return found
