"""Reads one feed: under a lease, and to the end or not at all. Its owner is told what goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from kaskad.config.yaml.problem_text import unknown_name
from kaskad.domain.errors import NotFound, Unavailable
from kaskad.domain.feeds import Feed
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.feeds import feed_alerts, judging, taking_in
from kaskad.services.feeds.documents import DocumentDeps, FeedDocument, Known, open_document
from kaskad.services.feeds.leases import LEASE, FeedLease, LeaseLost
from kaskad.services.feeds.problems import TRANSIENT, FeedProblem, FeedRefused
from kaskad.services.feeds.results import FeedResult
from kaskad.services.feeds.taking_in import TakeInDeps
from kaskad.services.ingestion.digests import compute_digest
from kaskad.storage import clock, feeds
from kaskad.storage.database import Connection
from kaskad.storage.feeds import OfferCounts
from kaskad.storage.ingestion import event_store

READING = 1  # raise it when offers are understood otherwise than before: then documents are read anew
RETRY = timedelta(minutes=5)  # after the first failure that may mend itself; twice as long each time
CHUNK = 1_000
log = logging.getLogger(__name__)


class FeedDeps(DocumentDeps, TakeInDeps, Protocol):
    """What reading feeds needs."""


async def list_due(deps: FeedDeps) -> list[str]:
    """The feeds that are due, and that no worker reads."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now, states = await clock.read_now(connection), await feeds.list_states(connection)
    named = deps.catalogue.project.feeds
    return [name for name in named if name not in states or (states[name].due_at <= now and not states[name].busy)]


async def read_feed(deps: FeedDeps, name: str, *, asked: bool = False, accept: bool = False) -> FeedResult | None:
    """Reads the feed; None if it is not due any more. `asked`: a person wants it, due or not.

    `accept`: what vanished, sold out or costs quite another price at once is believed. Raises NotFound, Unavailable.
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        feed = find_feed(deps, name)
        now = await clock.read_now(connection)
        claimed = await feeds.claim(connection, name, now, lease=LEASE)
    if claimed is None:
        return FeedResult(name, busy=True)
    reading = _Reading(deps, feed, FeedLease(deps.database, claimed), now, accept)
    async with reading.lease.kept():
        if not asked and claimed.due_at > now:
            return None
        try:
            return await reading.read()
        except LeaseLost:
            return FeedResult(name, busy=True)
        except FeedRefused as refusal:
            return await reading.fail(refusal)
        except Unavailable:
            raise
        except Exception as error:  # one feed that nobody foresaw must not stop those beside it
            log.exception("the feed %s could not be taken in", name)
            unforeseen = FeedRefused(FeedProblem.FAILED, f"it could not be taken in: {type(error).__name__}")
            return await reading.fail(unforeseen)


def find_feed(deps: FeedDeps, name: str) -> Feed:
    """The feed as published last. Raises NotFound."""
    named = deps.catalogue.project.feeds
    if name not in named:
        raise NotFound(unknown_name("feed", name, named) if named else f"no feed '{name}': none is published yet")
    return named[name]


async def try_feed(deps: FeedDeps, feed: Feed, *, accept: bool = False) -> tuple[FeedResult, Sequence[str]]:
    """What reading the feed would do now, and a line for each of its first changes. Nothing is stored."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now, before = await clock.read_now(connection), await feeds.count_offers(connection, feed.name)
    shop, result, lines = deps.catalogue.project.shop, FeedResult(feed.name), list[str]()
    try:
        async with open_document(deps, feed, shop, known=Known(), now=now) as document:
            assert document is not None  # nothing is known, so nothing can be the same
            result = _result(feed, document, gone=before.standing - document.found.matched)
            lines = feed_alerts.first_changes(document.found)
            _judge(document, before, feed, accept=accept)
    except FeedRefused as refusal:
        result = replace(result, problem=refusal.code, detail=str(refusal))
    return result, lines


@dataclass(frozen=True, slots=True)
class _Reading:
    """One feed, read by this worker."""

    deps: FeedDeps
    feed: Feed
    lease: FeedLease
    now: datetime
    accept: bool

    async def read(self) -> FeedResult:
        """The result of a reading that went to the document's end. Raises FeedRefused, LeaseLost, Unavailable."""
        settings, claimed = compute_digest(self.feed.model_dump(mode="json"), READING), self.lease.claimed
        known = Known(told_at=claimed.told_at)
        if claimed.settings == settings and (claimed.full_after is None or self.now < claimed.full_after):
            known = Known(claimed.etag, claimed.last_modified, claimed.told_at)
        shop = self.deps.catalogue.project.shop
        async with open_document(self.deps, self.feed, shop, known=known, now=self.now) as document:
            if document is None:
                return await self._finish(FeedResult(self.feed.name, same=True), {})
            gone = await self._take_in(document)
            said = {
                "settings": settings,
                "etag": document.fetched.etag,
                "last_modified": document.fetched.last_modified,
                "full_after": document.found.edge,
                "told_at": document.told_at,
            }
            return await self._finish(_result(self.feed, document, gone=gone), said)

    async def _take_in(self, document: FeedDocument) -> int:
        """Takes in what the document says, if it can be true; returns how many offers are gone."""
        async with self.deps.database.transaction() as connection:
            before = await feeds.count_offers(connection, self.feed.name)
        await taking_in.keep_remarks(self.deps, self.feed.name, document.found.remarks)
        _judge(document, before, self.feed, accept=self.accept)
        await taking_in.take_in(self.deps, self.lease, document.found.read_changes(), at=document.told_at)
        return await self._take_out(document) if document.whole else 0

    async def _take_out(self, document: FeedDocument) -> int:
        """Takes out what is not in the document any more; returns how many offers that were."""
        count, after = 0, ("", "")
        while True:
            async with self.deps.database.transaction() as connection:
                chunk = await feeds.next_offers(connection, self.feed.name, after, limit=CHUNK)
            if not chunk:
                return count
            gone = [offer for offer in chunk if not document.found.has(offer.key)]
            if gone:
                await taking_in.take_out(self.deps, self.lease, gone, at=document.told_at)
            count, after = count + len(gone), chunk[-1].key

    async def _finish(self, result: FeedResult, said: Mapping[str, Any]) -> FeedResult:
        """Stores that the feed was read to its end; returns the result."""
        due_at = self.now + self.feed.every.as_timedelta
        what = {**said, "same": result.same, "now": self.now, "due_at": due_at, "result": result.counts()}

        async def write(connection: Connection) -> None:
            await feeds.finish(connection, self.lease.claimed, what)
            await event_store.record_source_seen(connection, self.feed.name, self.now)
            await feed_alerts.close(connection, self.feed.name, self.now)

        await run_in_transaction(self.deps.database, write)
        return result

    async def fail(self, refusal: FeedRefused) -> FeedResult:
        """Stores why nothing counts, and tells the owner, unless it may mend itself; returns that as the result."""
        claimed, again, passing = self.lease.claimed, self.feed.every.as_timedelta, refusal.code in TRANSIENT
        if passing:
            again = min(again, RETRY * 2 ** min(claimed.failures, 10))

        async def write(connection: Connection) -> None:
            problem = (str(refusal.code), str(refusal))
            await feeds.fail(connection, claimed, problem, due_at=self.now + again)
            if claimed.failures or not passing:
                await feed_alerts.open_(connection, self.feed.name, refusal, now=self.now)

        await run_in_transaction(self.deps.database, write)
        return FeedResult(self.feed.name, problem=refusal.code, detail=str(refusal))


def _judge(document: FeedDocument, before: OfferCounts, feed: Feed, *, accept: bool) -> None:
    """Returns if the document counts, or a person says that it does. An empty one never does."""
    if accept and document.found.offers:
        return
    judging.judge(document.found, before, feed.may_shrink)


def _result(feed: Feed, document: FeedDocument, *, gone: int) -> FeedResult:
    found = document.found
    return FeedResult(
        feed.name,
        offers=found.offers,
        changed=found.changes,
        gone=gone if document.whole else 0,
        faults=found.faults,
        remarked=found.remarked,
        remarks=found.remarks,
        told_at=document.told_at,
        unsure=not document.whole,
    )
