"""Events that Kaskad itself stores for a customer, with all that follows from them. The customer is locked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaskad.domain.events import LATE_AFTER
from kaskad.services.catalogue import Catalogue
from kaskad.services.ingestion import profiles, triggers
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import event_store
from kaskad.storage.ingestion.event_store import StoredEvent


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose word it is: the customer, the source that it is stored under, a prefix of its ids, and the IP address."""

    customer: int
    source: str
    prefix: str
    ip: str | None = None


async def store_own_events(
    connection: Connection,
    catalogue: Catalogue,
    words: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    origin: Origin,
    at: Instants,
) -> list[StoredEvent]:
    """Stores these events (name and properties) as of now; returns those that are new. Consents are written, too."""
    now = at.of(origin.customer)
    rows = [
        {
            "message_id": f"{origin.prefix}:{number}:{name}",
            "customer_id": origin.customer,
            "name": name,
            "source": origin.source,
            "occurred_at": now,
            "received_at": now,
            "properties": {key: value for key, value in said.items() if value is not None},
        }
        for number, (name, said) in enumerate(words)
    ]
    stored = await event_store.insert_events(connection, rows)
    contexts = {event.message_id: {"ip": origin.ip} for event in stored}
    await profiles.update_profiles(
        connection, stored, origin.source, told=(), project=catalogue.project, contexts=contexts, tokens=()
    )
    await triggers.trigger_journeys(catalogue, connection, stored, at=at, late_after=LATE_AFTER)
    return stored
