"""Writes a cart that somebody has seen: only if it still is what they saw.

The new content is an ordinary event (`cart_updated`), stored as any other: journeys and conditions see no difference.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import orjson

from kaskad.domain.cart import REPLACES
from kaskad.domain.errors import Conflict, Rejected
from kaskad.domain.journeys.project import Project
from kaskad.domain.values.instants import LATEST
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion import segment_events
from kaskad.services.ingestion.ingest import IngestDeps, ingest_within
from kaskad.services.ingestion.segment_events import IncomingEvent
from kaskad.services.naming import find_person
from kaskad.services.reading.carts import CartShown, read_cart
from kaskad.storage import enrollments
from kaskad.storage.database import Connection
from kaskad.storage.ingestion.identities import IdentityRace
from kaskad.storage.reading import people
from kaskad.storage.reading.people import FoundPerson

ANY = "*"


class CartWritingDeps(IngestDeps, Protocol):
    """What writing a cart needs."""


class CartUnreadable(Rejected):
    """Something of the cart could not be read: nothing was stored."""

    problem = "cart-unreadable"


class Nameless(Conflict):
    """No source has ever given the customer an id: no event can name them."""

    problem = "customer-without-id"


class CartChanged(Exception):
    """The cart is not what the writer saw. `etag` is that of the cart as it is."""

    def __init__(self, etag: str) -> None:
        super().__init__("the cart has changed since it was read: read it again")
        self.etag = etag


@dataclass(frozen=True, slots=True)
class CartRequest:
    """A cart to write: the lines as an event says them, and what it is to replace.

    `replaces`: the tags of which one must be the cart's, or `*`: whatever it is. `absent`: only if nobody told of it.
    With a `key` the same request does something once, however often it is made.
    """

    said: Mapping[str, Any]
    cart: str | None = None
    replaces: frozenset[str] = frozenset()
    absent: bool = False
    key: str | None = None

    def fits(self, cart: CartShown) -> bool:
        """Whether this is the cart that the writer saw."""
        if self.absent and cart.updated_at is not None:
            return False
        return not self.replaces or ANY in self.replaces or cart.etag in self.replaces

    def digest(self, source: str) -> str:
        """What names this very request; without a key it is another one each time."""
        if self.key is None:
            return secrets.token_hex(16)
        asked = [source, self.key, self.cart, sorted(self.replaces), self.absent, self.said]
        return hashlib.blake2b(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


async def write_cart(deps: CartWritingDeps, source: str, named: str, *, request: CartRequest) -> CartShown:
    """Returns the cart after it was written. Of two writers who saw the same cart one is first.

    Raises NotFound for the customer, CartChanged for whoever is second, CartUnreadable, and Nameless.
    """
    return await run_in_transaction(
        deps.database, partial(_write, deps=deps, source=source, named=named, request=request)
    )


async def _write(
    connection: Connection, *, deps: CartWritingDeps, source: str, named: str, request: CartRequest
) -> CartShown:
    await deps.catalogue.refresh(connection)
    project = deps.catalogue.project
    person = await _lock(connection, named, project)
    cart = await read_cart(connection, person, request.cart, shop=project.shop)
    digest = request.digest(source)
    if request.key is not None and await people.has_written(connection, person, source, digest=digest):
        return cart
    if not request.fits(cart):
        raise CartChanged(cart.etag)
    event = _event(person, {**request.said, "cart_id": cart.cart_id}, project, source=source)
    told = {**event.properties, REPLACES: cart.etag}
    event = replace(event, properties=told, message_id=people.written_id(time.time_ns(), digest))
    await ingest_within(connection, deps, source, events=[event])
    return await read_cart(connection, person, cart.cart_id, shop=project.shop)


async def _lock(connection: Connection, named: str, project: Project) -> FoundPerson:
    """Finds and locks the person. Raises IdentityRace if it is another one by then, or was forgotten."""
    person = await find_person(connection, named, project)
    forgotten = await enrollments.lock_customers(connection, [person.customer])
    if forgotten or (await find_person(connection, named, project)).customer != person.customer:
        raise IdentityRace
    return person


def _event(person: FoundPerson, said: Mapping[str, Any], project: Project, *, source: str) -> IncomingEvent:
    """Returns the event that tells this cart, dated when it is stored. Raises CartUnreadable, Nameless."""
    if person.kind is None or person.value is None:
        raise Nameless("no source has given this customer an id yet: nothing can be told of them")
    raw = {"type": "track", "event": "cart_updated", "userId": "somebody", "messageId": "cart", "properties": said}
    parsed = segment_events.parse_request(raw, datetime.now(UTC), project, source=source)
    if parsed.remarks or not parsed.events:
        raise CartUnreadable("; ".join(remark.detail for remark in parsed.remarks))
    return replace(parsed.events[0], identities=((person.kind, person.value),), occurred_at=LATEST)
