"""Reads samples of feeds as the engine reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.duration import Duration
from kaskad.domain.feeds import Feed
from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.feeds.formats.reader import open_reader
from kaskad.services.feeds.offers import Offer, OfferFault, OfferInterpreter

NOON = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)  # 12:00 in Moscow


@dataclass(frozen=True)
class Sample:
    """What is read of one document."""

    raws: list[RawOffer]
    offers: dict[str, Offer]
    faults: list[tuple[str, str]]
    stated_at: str | None
    whole: bool

    def __getitem__(self, id_: str) -> Offer:
        return self.offers[id_]


def feed(format_: str, **said: Any) -> Feed:
    usual = {"name": "sample", "url": "http://127.0.0.1/feed", "format": format_, "every": Duration(seconds=3_600)}
    return Feed.model_validate({**usual, **said})


def read_sample(folder: Path, body: bytes | str, format_: str, *, at: datetime = NOON, **said: Any) -> Sample:
    """The offers of the document by id, and those that are none."""
    path = folder / "document"
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    described = feed(format_, **said)
    interpreter = OfferInterpreter(described, "RUB", at, zone=ZoneInfo("Europe/Moscow"))
    with open_reader(described, path) as reader:
        raws = list(reader.offers())
        offers, faults = {}, []
        for raw in raws:
            try:
                offer = interpreter.read(raw)
            except OfferFault as fault:
                faults.append((str(fault.code), fault.detail))
            else:
                offers[f"{offer.id}@{offer.store}" if offer.store else offer.id] = offer
        return Sample(raws, offers, faults, reader.stated_at, reader.whole)
