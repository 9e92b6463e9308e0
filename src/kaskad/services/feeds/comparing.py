"""Compares a feed's document with what its offers said last. Nothing is written to the database here.

The document is read once. What changed is put into a file beside it, so that memory does not grow with either; of each
offer a number is kept in memory: whether it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import orjson

from kaskad.domain.rejection import RejectionCode
from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.feeds.offers import ONLINE, Offer, OfferFault, OfferInterpreter
from kaskad.storage.feeds import KnownOffer, OfferKey

MAX_REMARKS = 1_000  # of one reading that are kept; all are counted
PRICE_JUMP = 10  # times as high, or as low: a mark or a currency was lost


@dataclass(frozen=True, slots=True)
class FeedRemark:
    """What the feed's owner must know about one offer. `raw` is the offer as it was written."""

    code: RejectionCode
    detail: str
    raw: dict[str, Any]
    stored: bool


@dataclass(frozen=True, slots=True)
class OfferChange:
    """One offer that says something new: what is told of the product, and how it stands then."""

    id: str
    store: str
    properties: dict[str, Any]  # empty: nothing new is said of the product itself
    stock: dict[str, Any]  # of the stores whose number changed
    after: dict[str, Any]  # `KnownOffer` without its key

    def known(self) -> KnownOffer:
        """How the offer stands once the change was taken in."""
        return KnownOffer(self.id, self.store, **self.after)


@dataclass(slots=True)
class Comparison:
    """What one reading found. `changes` are in the file `spool`, a line each.

    `matched` are the offers that stood before and are there; `in_stock` of them were in stock and are; `jumped` have
    quite another price. `edge`: the next instant at which a sale begins or ends.
    """

    spool: Path
    offers: int = 0
    faults: int = 0
    changes: int = 0
    matched: int = 0
    in_stock: int = 0
    priced: int = 0
    jumped: int = 0
    remarks: list[FeedRemark] = field(default_factory=list)
    remarked: int = 0
    edge: datetime | None = None
    available_units: int = 1
    _rows: set[int] = field(default_factory=set, repr=False)
    _products: set[int] = field(default_factory=set, repr=False)

    def add(self, offer: Offer) -> Offer | None:
        """The offer as it counts; None if it was in the document before.

        Of several rows of one product, as of several stores, the first describes it.
        """
        row = _number(*offer.key)
        if row in self._rows:
            return None
        self._rows.add(row)
        if offer.store:
            product = _number(offer.id, "")  # the row that names no store has this number too
            if product in self._products or product in self._rows:
                offer = replace(offer, properties={}, price=None)
            self._products.add(product)
        elif row in self._products:
            offer = replace(offer, properties={}, price=None)
        self.offers += 1
        return offer

    def has(self, key: OfferKey) -> bool:
        """Whether the offer is in the document."""
        return _number(*key) in self._rows

    def remark(self, remark: FeedRemark) -> None:
        """Counts the remark, and keeps it if there is room."""
        self.remarked += 1
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(remark)

    def read_changes(self) -> Iterator[OfferChange]:
        """The changes, in the order of the document."""
        with self.spool.open("rb") as lines:
            for line in lines:
                yield OfferChange(**orjson.loads(line))


def understand(
    interpreter: OfferInterpreter, raws: Sequence[RawOffer], into: Comparison
) -> list[tuple[RawOffer, Offer]]:
    """The offers of a part of the document, each once; those that are none are counted and kept."""
    found = []
    for raw in raws:
        try:
            offer = interpreter.read(raw)
        except OfferFault as fault:
            into.faults += 1
            into.remark(FeedRemark(fault.code, fault.detail, _plain(raw), stored=False))
            continue
        counted = into.add(offer)
        if counted is None:
            into.faults += 1
            told = f"{offer.place}: the offer '{offer.id:.60}' is in the feed twice"
            into.remark(FeedRemark(RejectionCode.REPEATED, told, _plain(raw), stored=False))
        else:
            found.append((raw, counted))
    return found


def compare(
    offers: Sequence[tuple[RawOffer, Offer]],
    known: dict[OfferKey, KnownOffer],
    into: Comparison,
    *,
    now: datetime,
    spool: IO[bytes],
) -> None:
    """Adds these offers; what changed goes into the spool, and an offer that says the same writes nothing."""
    for raw, offer in offers:
        before = known.get(offer.key)
        _note_edges(offer, into, now)
        stock = _stock_after(offer, before, into.available_units)
        _count(offer, before, stock, into=into)
        if before is not None and not before.gone and (before.digest, before.stock) == (offer.digest, stock):
            continue
        for code, detail in offer.remarks:
            into.remark(FeedRemark(code, f"{offer.place}: {detail}", _plain(raw), stored=code is RejectionCode.SPOILED))
        into.changes += 1
        spool.write(orjson.dumps(_change(offer, before, stock)) + b"\n")


def _change(offer: Offer, before: KnownOffer | None, stock: dict[str, Any]) -> dict[str, Any]:
    same = before is not None and before.digest == offer.digest
    units = {store: count for store, count in stock.items() if before is None or before.stock.get(store) != count}
    price = f"{offer.price.amount} {offer.price.currency}" if offer.price else None
    return {
        "id": offer.id,
        "store": offer.store,
        "properties": {} if same else dict(offer.properties),
        "stock": units,
        "after": {
            "digest": offer.digest,
            "stock": stock,
            "price": price,
            "in_stock": _is_there(stock),
            "gone": False,
            "changes": before.changes + 1 if before else 1,
        },
    }


def _stock_after(offer: Offer, before: KnownOffer | None, some: int) -> dict[str, Any]:
    """The units in each store as they are now: a store that the offer does not name any more has none.

    An offer that says nothing of its stock changes nothing; if it was gone, it can be bought again.
    """
    known = dict(before.stock) if before else {}
    if offer.stock is not None:
        return {**dict.fromkeys(known, 0), **offer.stock}
    if before is not None and before.gone:
        return known | {offer.store or ONLINE: some}
    return known


def _count(offer: Offer, before: KnownOffer | None, stock: dict[str, Any], *, into: Comparison) -> None:
    if before is None or before.gone:
        return
    into.matched += 1
    into.in_stock += before.in_stock and _is_there(stock)
    if before.price and offer.price:
        amount, _, currency = before.price.partition(" ")
        into.priced += 1
        ratio = offer.price.amount / Decimal(amount)
        far = ratio >= PRICE_JUMP or ratio * PRICE_JUMP <= 1
        into.jumped += far and currency == offer.price.currency


def _is_there(stock: dict[str, Any]) -> bool:
    return any(Decimal(str(units)) > 0 for units in stock.values())


def _note_edges(offer: Offer, into: Comparison, now: datetime) -> None:
    for edge in offer.sale_edges:
        if edge > now and (into.edge is None or edge < into.edge):
            into.edge = edge


def _number(*parts: str) -> int:
    """A number that stands for the text; of a million offers two share one by a chance of one to 40 millions."""
    return int.from_bytes(blake2b("\0".join(parts).encode(errors="replace"), digest_size=8).digest())


def _plain(raw: RawOffer) -> dict[str, Any]:
    """The offer as it was written, for people."""
    return {"place": raw.place, **raw.columns, **({"stores": dict(raw.stores)} if raw.stores else {})}
