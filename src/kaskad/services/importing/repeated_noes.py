"""A no without a time holds as of each import that tells it, also where its customer agreed since the import before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from uuid import UUID

from kaskad.domain.journeys.project import Project
from kaskad.domain.values.instants import LATEST
from kaskad.services.ingestion.consenting.consents import CONSENT_WITHDRAWN, parse_consent
from kaskad.services.ingestion.refusals import named_addresses
from kaskad.services.ingestion.segment_events import IncomingEvent
from kaskad.storage.database import Connection
from kaskad.storage.importing import events as imported_events
from kaskad.storage.ingestion import identities
from kaskad.storage.people import addresses


async def find_spoken_against(
    connection: Connection, told: Mapping[UUID, IncomingEvent], project: Project
) -> dict[UUID, IncomingEvent]:
    """Those of these known events that are a no without a time, and after which their customer agreed again."""
    noes = {digest: event for digest, event in told.items() if event.refusal and event.occurred_at == LATEST}
    if not noes:
        return {}
    owners = await identities.load_owners(connection, {one for event in noes.values() for one in event.identities})
    owner = {(row["kind"], row["value"]): row["customer_id"] for row in owners}
    rows = []
    for number, event in enumerate(noes.values()):
        whose = {owner[identity] for identity in event.identities if identity in owner}
        assert event.refusal is not None
        named = named_addresses.widen(event.refusal.addresses, project.shop.home)
        whose |= set(await addresses.find_holders(connection, named))
        rows += [{"number": number, "customer_id": one, **scope} for one in whose for scope in _scopes(event, project)]
    again = await imported_events.find_spoken_against(connection, rows) if rows else set()
    return {digest: event for number, (digest, event) in enumerate(noes.items()) if number in again}


def _scopes(event: IncomingEvent, project: Project) -> Iterator[dict[str, Any]]:
    """All that the event takes back."""
    for words in event.refusal.words if event.refusal else ():
        scope = parse_consent(CONSENT_WITHDRAWN, words, project.topics, senders=project.senders)
        for (purpose, channel, topic), sender in product(scope.covered, scope.senders):
            yield {"purpose": purpose, "channel": channel, "topic": topic, "sender": sender}
