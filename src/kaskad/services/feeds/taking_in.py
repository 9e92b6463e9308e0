"""Takes in what changed in a feed: as events of products, through the door that all events come through.

Each event has an id that follows from the offer and from how often it was taken in: after a kill the same changes are
told again under the same ids, and count once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TypeVar

from kaskad.domain.rejection import RejectionCode
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.feeds.comparing import FeedRemark, OfferChange
from kaskad.services.feeds.leases import FeedLease
from kaskad.services.feeds.offers import ONLINE
from kaskad.services.ingestion import ingest, permissions, segment_events
from kaskad.services.ingestion.digests import compute_digest
from kaskad.services.ingestion.ingest import IngestDeps
from kaskad.services.ingestion.rejecting import rejected_events
from kaskad.services.ingestion.rejecting.rejected_events import RecordRemarksDeps
from kaskad.services.ingestion.segment_events import EventRemark, ParsedRequest
from kaskad.storage.feeds import KnownOffer

CHUNK = 400  # offers whose changes are told, and stored, at once
UPDATED, STOCK_CHANGED = "product_updated", "product_stock_changed"
T = TypeVar("T")
TOLD_BY = "feed"  # events name who tells them; those of products are about nobody


class TakeInDeps(IngestDeps, RecordRemarksDeps, Protocol):
    """What this needs."""


async def take_in(deps: TakeInDeps, lease: FeedLease, changes: Iterator[OfferChange], *, at: datetime) -> None:
    """Tells the changes, which count from `at`, and stores what each offer says now."""
    for chunk in _portions(changes, CHUNK):
        await _tell(deps, lease.feed, [call for change in chunk for call in _calls(lease.feed, change, at)], at=at)
        await failpoint(Failpoint.FEED_TOLD)
        await lease.save([change.known() for change in chunk])


async def take_out(deps: TakeInDeps, lease: FeedLease, gone: Sequence[KnownOffer], *, at: datetime) -> None:
    """Tells that these offers are out of stock in every store, and stores that they are gone."""
    changes = [_vanishing(offer) for offer in gone]
    await take_in(deps, lease, iter(changes), at=at)


def _vanishing(offer: KnownOffer) -> OfferChange:
    """The change of an offer that is not in the feed any more."""
    none = dict.fromkeys(offer.stock, 0) or {offer.store or ONLINE: 0}
    units = {store: 0 for store in none if store not in offer.stock or offer.stock[store]}
    after = {
        "digest": offer.digest,
        "stock": none,
        "price": offer.price,
        "in_stock": False,
        "gone": True,
        "changes": offer.changes + 1,
    }
    return OfferChange(offer.id, offer.store, {}, units, after)


def _calls(feed: str, change: OfferChange, at: datetime) -> Iterator[dict[str, Any]]:
    """The changes of one offer as calls, as a client of the API would make them."""
    if change.properties:
        yield _call(feed, change, UPDATED, said=change.properties, at=at)
    for store, units in change.stock.items():
        yield _call(feed, change, STOCK_CHANGED, said={"store": store, "stock": units}, at=at)


def _call(feed: str, change: OfferChange, event: str, *, said: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    properties = {"product_id": change.id, **said}
    return {
        "type": "track",
        "event": event,
        "messageId": f"feed-{compute_digest(feed, change.store, change.after['changes'], event, properties)}",
        "anonymousId": TOLD_BY,
        "timestamp": at.isoformat(),
        "properties": properties,
    }


async def _tell(deps: TakeInDeps, feed: str, calls: Sequence[Mapping[str, Any]], *, at: datetime) -> None:
    """Stores the events. What the door does not take is kept like every rejected event."""
    project = deps.catalogue.project
    for part in _portions(calls, segment_events.BATCH_EVENTS):
        judged = segment_events.parse_request({"batch": part}, at, project, source=feed)
        judged = permissions.apply_permissions(judged, project.source_named(feed))
        done = await ingest.ingest(deps, feed, judged.events)
        refused = [
            EventRemark(event.index, RejectionCode.UNSTORABLE, f"the database does not take it: {why}")
            for event, why in done.refused
        ]
        await rejected_events.record_remarks(deps, feed, judged, remarks=[*judged.remarks, *refused])


async def keep_remarks(deps: TakeInDeps, feed: str, remarks: Sequence[FeedRemark]) -> None:
    """Keeps what is odd in the feed's offers, for `kaskad rejected`."""
    judged = ParsedRequest((), (), [remark.raw for remark in remarks])
    told = [EventRemark(place, remark.code, remark.detail, remark.stored) for place, remark in enumerate(remarks)]
    await rejected_events.record_remarks(deps, feed, judged, remarks=told)


def _portions(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yields the items, so many at a time."""
    rest = iter(items)
    while portion := list(islice(rest, size)):
        yield portion
