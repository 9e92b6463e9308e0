"""Customer data from events: attributes, contacts, consents, carts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kaskad.domain import cart
from kaskad.domain.address_key import address_key
from kaskad.domain.cart import CartChange
from kaskad.domain.events import IDENTIFY
from kaskad.services.ingestion import consents, contacts
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import event_store
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent
from kaskad.storage.queries import query


async def update_profiles(
    connection: Connection,
    stored: Sequence[StoredEvent],
    source: str,
    *,
    told: Sequence[Mapping[str, Any]],
    topics: Iterable[str],
    contexts: Mapping[str, Mapping[str, Any]],
) -> None:
    """Updates profiles, contacts and consents from the new events; `topics` are those of the shop.

    `told` are their contacts (`latest_contacts`), whose addresses are locked.
    `contexts` are those of grants, by their message ids: what they say about consent is not stored.
    """
    identified = sorted({event.customer for event in stored if event.name == IDENTIFY} - {SYSTEM_CUSTOMER_ID})
    if identified:
        await connection.execute(query("write_profiles"), {"customers": identified})
    await write_rows(connection, "write_contacts", told)
    rows = [row for event in stored for row in _consents(event, source, topics, context=contexts.get(event.message_id))]
    await write_rows(connection, "write_consents", rows)


def latest_contacts(stored: Sequence[StoredEvent]) -> list[dict[str, Any]]:
    """The last address that these events tell of each customer and channel; None where it was taken back."""
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    for event in sorted(stored, key=lambda event: (event.occurred_at, event.message_id)):
        identifies = event.name == IDENTIFY and event.customer != SYSTEM_CUSTOMER_ID
        traits = event.properties.get("traits") if identifies else None
        for channel, address in contacts.read_addresses(traits or {}):
            latest[event.customer, channel] = {
                "customer_id": event.customer,
                "channel": channel,
                "address": address,
                "address_key": address_key(channel, address) if address else None,
                "updated_at": event.occurred_at,
                "message_id": event.message_id,
            }
    return [latest[key] for key in sorted(latest)]


def _consents(
    event: StoredEvent, source: str, topics: Iterable[str], *, context: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    if event.name not in (consents.CONSENT_GIVEN, consents.CONSENT_WITHDRAWN) or event.customer == SYSTEM_CUSTOMER_ID:
        return
    said = event.properties
    for purpose, channel, topic in consents.parse_consent(event.name, said, topics, context=context).covered:
        yield {
            "customer_id": event.customer,
            "purpose": purpose,
            "channel": channel,
            "topic": topic,
            "granted": event.name == consents.CONSENT_GIVEN,
            "text_version": said.get("text_version"),
            "text_hash": said.get("text_hash"),
            "source": source,
            "message_id": event.message_id,
            "at": event.occurred_at,
        }


async def update_carts(connection: Connection, stored: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Folds the carts that these events changed. Stores and returns what follows: cart_updated, cart_emptied."""
    touched = cart.affected_carts([(event.customer, event.name, event.properties) for event in stored])
    if not touched:
        return []
    carts, raised = [], []
    for (customer, id_), changes in (await event_store.load_cart_changes(connection, touched)).items():
        origin = {change.message_id: (source, received) for change, source, received in changes}
        folded = cart.fold_cart(change for change, _, _ in changes)
        latest = max(change.occurred_at for change, _, _ in changes)
        row = {"customer_id": customer, "cart_id": id_, "items": folded.items, "total": folded.total}
        carts.append({**row, "updated_at": latest})
        for change, name in folded.raised:
            source, received = origin[change.message_id]
            raised.append(_raised_event(customer, id_, change, name=name) | {"source": source, "received_at": received})
    await write_rows(connection, "write_carts", carts)
    return await event_store.insert_derived_events(connection, raised)


def _raised_event(customer: int, id_: str, change: CartChange, *, name: str) -> dict[str, Any]:
    return {
        "message_id": change.message_id + cart.DERIVED_SUFFIX,
        "customer_id": customer,
        "name": name,
        "occurred_at": change.occurred_at,
        "properties": {"cart_id": id_},
    }
