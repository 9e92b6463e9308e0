"""One document of a feed: fetched, read once, and compared with what the offers said last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from zoneinfo import ZoneInfo

from kaskad.domain.env_variables import expand_variables
from kaskad.domain.errors import Rejected
from kaskad.domain.events import LATE_AFTER
from kaskad.domain.feeds import Feed
from kaskad.domain.journeys.project import ShopInfo
from kaskad.services.feeds.comparing import Comparison, compare, understand
from kaskad.services.feeds.fetching import Fetched, fetch
from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.feeds.formats.reader import open_reader
from kaskad.services.feeds.offers import Offer, OfferInterpreter
from kaskad.services.feeds.problems import FeedProblem, FeedRefused
from kaskad.services.ports import HasDatabase
from kaskad.settings import Settings
from kaskad.storage import feeds

PART = 1_000  # offers that are compared at once


class DocumentDeps(HasDatabase, Protocol):
    """What reading needs."""

    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A document that was read to its end. `told_at`: the time that its values count from."""

    fetched: Fetched
    found: Comparison
    told_at: datetime
    whole: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the document that was taken in last; a server may answer that it is the same."""

    etag: str | None = None
    last_modified: str | None = None
    told_at: datetime | None = None


@asynccontextmanager
async def open_document(
    deps: DocumentDeps, feed: Feed, shop: ShopInfo, *, known: Known, now: datetime
) -> AsyncIterator[FeedDocument | None]:
    """The document, compared; None if it is the known one. Its files are there for as long as the context lasts.

    Raises FeedRefused.
    """
    with TemporaryDirectory(prefix="kaskad-feed-") as folder:
        path = Path(folder) / "document"
        fetched = await fetch(
            feed, _address(feed, deps.settings.variables), path, etag=known.etag, last_modified=known.last_modified
        )
        if fetched.same:
            if not (known.etag or known.last_modified):
                raise FeedRefused(FeedProblem.REFUSED, "its server answers 304, and was not asked what changed")
            yield None
            return
        interpreter = OfferInterpreter(feed, shop.currency, now, zone=ZoneInfo(shop.time_zone))
        found = Comparison(Path(folder) / "changes", available_units=feed.available_units)
        stated, whole = await _compare(deps, feed, interpreter, path=path, found=found)
        stated_at = _read_stated(stated, shop) or _read_header(fetched.last_modified)
        yield FeedDocument(fetched, found, _told_at(stated_at, known.told_at, now), whole)


def _address(feed: Feed, environment: Mapping[str, str]) -> str:
    try:
        return expand_variables(feed.url, environment)
    except Rejected as error:
        raise FeedRefused(FeedProblem.MISPLACED, f"its address is not complete: {error}") from None


async def _compare(
    deps: DocumentDeps, feed: Feed, interpreter: OfferInterpreter, *, path: Path, found: Comparison
) -> tuple[str | None, bool]:
    """Reads the document in a thread of its own, part by part; returns what it says of its time, and if it is whole."""
    loop = asyncio.get_running_loop()
    with (
        ThreadPoolExecutor(1, "feed") as thread,
        open_reader(feed, path) as reader,
        found.spool.open("wb") as spool,
    ):
        raws = reader.offers()
        while True:
            count, offers = await loop.run_in_executor(thread, _next_part, raws, interpreter, found)
            if not count:
                return reader.stated_at, reader.whole
            async with deps.database.transaction() as connection:
                known = await feeds.load_offers(connection, feed.name, [offer.key for _, offer in offers])
            compare(offers, known, found, now=interpreter.at, spool=spool)


def _next_part(
    raws: Iterator[RawOffer], interpreter: OfferInterpreter, found: Comparison
) -> tuple[int, list[tuple[RawOffer, Offer]]]:
    part = list(islice(raws, PART))
    return len(part), understand(interpreter, part, found)


def _read_stated(said: str | None, shop: ShopInfo) -> datetime | None:
    """The time that the document says it is of: without an offset on the shop's wall clock."""
    try:
        at = datetime.fromisoformat(said.strip()) if said else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=ZoneInfo(shop.time_zone))


def _read_header(said: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(said) if said else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _told_at(stated: datetime | None, before: datetime | None, now: datetime) -> datetime:
    """The time of the values: never before that of the last document, and now if the document is dated long ago.

    A feed whose date nobody keeps would else never change anything.
    """
    at = now if stated is None or not now - LATE_AFTER < stated <= now else stated.astimezone(UTC)
    return min(max(at, before), now) if before else at
