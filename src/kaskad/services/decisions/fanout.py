"""Fan-out: one product, many customers, a thousand at a time. Those who asked come before those who only viewed it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from kaskad.domain.journeys.entry_trigger import Audience, ProductTrigger
from kaskad.services.decisions import candidates
from kaskad.services.decisions.candidates import EntryRequest
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, enrollments, fanouts
from kaskad.storage.database import Connection
from kaskad.storage.publishing.versions import PublishedVersion

CHUNK_SIZE = 1_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AUDIENCE_EVENTS = {"subscribed": "product_subscribed", "viewed": "product_viewed", "favourited": "product_liked"}
WITHDRAWING_EVENTS = {"favourited": "product_unliked"}


class FanoutDeps(HasDatabase, HasCatalogue, Protocol):
    """What a fan-out needs."""


async def expand_next(deps: FanoutDeps, *, chunk: int = CHUNK_SIZE) -> int | None:
    """Makes candidates of the next customers of one open fan-out. Returns how many, or None if none is due.

    Each chunk is a transaction of its own, so ingestion never waits long for its customers.
    """

    async def work(connection: Connection) -> int | None:
        await deps.catalogue.refresh(connection)
        now = await clock.read_now(connection)
        row = await fanouts.take_next(connection, now)
        if row is None:
            return None
        published = await deps.catalogue.version(connection, row["version_id"])
        return await _expand(connection, published, row, now=now, chunk=chunk)

    return await run_in_transaction(deps.database, work)


async def _expand(
    connection: Connection, published: PublishedVersion, row: Mapping[str, Any], *, now: datetime, chunk: int
) -> int:
    enter = published.version.journey.enter
    if not isinstance(enter, ProductTrigger) or row["audience"] >= len(enter.who):  # an edit may remove the entrance
        await fanouts.update(connection, row["id"], {"done_at": now})
        return 0
    stock = await fanouts.count_stock(connection, row["product_id"])
    limit = min(chunk, enter.release.people * max(stock, 0)) if enter.release else chunk
    audience = enter.who[row["audience"]]
    people = await _people(connection, published, audience, row=row, limit=limit) if limit else []
    # an event that a goal asks for is kept of who was forgotten; who was merged meanwhile enters as the other
    standing = await enrollments.follow_and_lock(connection, people)
    asked = _is_requested(enter, audience)
    requests = [
        EntryRequest(customer, row["entry"], row["message_id"], row["occurred_at"], now, asked)
        for customer in sorted(set(standing.values()))
    ]
    await enrollments.upsert_candidates(connection, await candidates.build_rows(connection, published, requests))
    if len(people) < limit or not limit:
        moved: dict[str, Any] = {"audience": row["audience"] + 1, "after_customer": 0}
    else:
        moved = {"after_customer": people[-1]}
    if enter.release and people:
        moved["due_at"] = now + enter.release.every.longest
    await failpoint(Failpoint.FANNING_OUT)
    # sold out again: no further customer is notified
    await fanouts.update(connection, row["id"], moved if limit else {"done_at": now})
    return len(people)


async def _people(
    connection: Connection, published: PublishedVersion, audience: Audience, *, row: Mapping[str, Any], limit: int
) -> list[int]:
    enter = published.version.journey.enter
    assert isinstance(enter, ProductTrigger)
    since = row["occurred_at"] - audience.within.longest if audience.within else EARLIEST
    return await fanouts.list_audience(
        connection,
        {
            "event": AUDIENCE_EVENTS[audience.kind],
            "taken_back": WITHDRAWING_EVENTS.get(audience.kind),
            "below": Decimal(row["entry"]["price"]) if enter.by.below and "price" in row["entry"] else None,
            "used_up": audience.kind != "favourited",  # a favourite stays a favourite, whatever was sent about it
            "message": row["message_id"],
            "product": row["product_id"],
            "after": row["after_customer"],
            "occurred_at": row["occurred_at"],
            "since": since,
            "journey": published.version.journey.name,
            "purpose": candidates.choose_purpose(published.version.journey, _is_requested(enter, audience)),
            "limit": limit,
        },
    )


def _is_requested(enter: ProductTrigger, audience: Audience) -> bool:
    """Returns whether the audience asked for it: a subscriber asked to hear when it is back, and for nothing else."""
    return audience.kind == "subscribed" and enter.product == "back_in_stock"
