"""Two customers turn out to be one person: one row stands, and everything of both is in its name.

History and life move alike: whoever reads what is known of a customer cannot forget a part of them. Where each row came
from is kept (`origin`), so that a wrong merge can be split. A merge lets nobody in, and sends nothing by itself: what
waited to be sent is decided again, for the one person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from kaskad.domain.cart import AffectedCarts
from kaskad.domain.channel import Channel
from kaskad.domain.identities.people import Join
from kaskad.domain.journeys.project import Project
from kaskad.domain.own_sources import OwnSource
from kaskad.services.carts import fold_carts
from kaskad.storage import notifications
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import devices, event_store
from kaskad.storage.people import attributes, merges

MERGED = "customers_merged"  # an event of the engine: it starts no journey


async def merge_customers(connection: Connection, joins: Sequence[Join], now: datetime, *, project: Project) -> None:
    """Merges each pair, in this order. All of them are locked, and none of them was merged or forgotten before.

    What a source that is not public told about an address stands, whatever a public source said of the other one.
    """
    if not joins:
        return
    await attributes.derive(connection, {who for join in joins for who in (join.standing, join.joined)})
    public = [name for name, source in project.sources.items() if source.public]
    for together in _rounds(joins):
        await merges.merge(connection, together, now, public=public)
        await event_store.insert_events(connection, [_event(join, now) for join in together])
    gone = {join.joined for join in joins}
    standing = sorted({join.standing for join in joins} - gone)
    await refresh(connection, standing, currency=project.shop.currency)
    await notifications.notify_due(connection)


def _rounds(joins: Sequence[Join]) -> Iterator[list[Join]]:
    """Yields the joins in their order, as many together as have nobody in common."""
    together, there = list[Join](), set[int]()
    for join in joins:
        if there & {join.standing, join.joined}:
            yield together
            together, there = [], set()
        together.append(join)
        there |= {join.standing, join.joined}
    yield together


async def refresh(connection: Connection, customers: Sequence[int], *, currency: str) -> None:
    """Computes anew what follows from these customers' rows: profiles, carts, and the devices that are reached."""
    await attributes.derive(connection, customers)
    await fold_carts(connection, AffectedCarts(frozenset(), frozenset(customers)), currency)
    pairs = [
        {"customer_id": who, "channel": channel} for who in customers for channel in (Channel.PUSH, Channel.WEBPUSH)
    ]
    await devices.choose(connection, pairs)


def _event(join: Join, now: datetime) -> dict[str, object]:
    """Returns the event that says so, for whoever looks at the person; by which ids is in the merge's own row.

    It stays with the row that stands, also after a split: there it must not name who is somebody else then.
    """
    return {
        "message_id": str(uuid4()),
        "customer_id": join.standing,
        "name": MERGED,
        "source": OwnSource.ENGINE,
        "occurred_at": now,
        "received_at": now,
        "properties": {"source": join.source, "kinds": [join.by[0], join.identity[0]]},
    }
