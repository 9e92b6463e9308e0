"""Customer data from events: attributes, contacts, consents, carts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from kaskad.domain import cart
from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.cart import CartChange
from kaskad.domain.channel import Channel
from kaskad.domain.events import IDENTIFY
from kaskad.domain.journeys.project import Project
from kaskad.domain.values.instants import read_instant
from kaskad.services.ingestion import contacts
from kaskad.services.ingestion.consenting import consent_details, consents
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import devices as device_store
from kaskad.storage.ingestion import event_store, refused_addresses, told_contacts
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent
from kaskad.storage.people import attributes


async def update_profiles(
    connection: Connection,
    stored: Sequence[StoredEvent],
    source: str,
    *,
    told: Sequence[Mapping[str, Any]],
    tokens: Sequence[Mapping[str, Any]],
    project: Project,
    contexts: Mapping[str, Mapping[str, Any]],
) -> None:
    """Updates profiles, contacts and consents from the new events; topics, senders and region are the project's.

    `told` are their contacts (`latest_contacts`), `tokens` their devices (`devices.rows_of`): the addresses are locked,
    and so is whoever has such a device. `contexts` are those of consents, by their message ids: what they say about
    consent is not stored.
    """
    await attributes.write_told(connection, stored, source)
    given = [*await told_contacts.write(connection, told), *await device_store.write(connection, tokens)]
    await refused_addresses.inherit(connection, given)
    rows = [
        row for event in stored for row in _consents(event, source, project, context=contexts.get(event.message_id))
    ]
    await write_rows(connection, "write_consents", rows)
    await write_rows(connection, "confirm_addresses", list(_confirmed(stored, source)))


def latest_contacts(stored: Sequence[StoredEvent], source: str, region: str | None) -> list[dict[str, Any]]:
    """The last address that these events tell of each customer and channel; None where it was taken back."""
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    for event in sorted(stored, key=lambda event: (event.occurred_at, event.message_id)):
        identifies = event.name == IDENTIFY and event.customer != SYSTEM_CUSTOMER_ID
        traits = event.properties.get("traits") if identifies else None
        for channel, address in contacts.read_addresses(traits or {}, region=region):
            latest[event.customer, channel] = {
                "customer_id": event.customer,
                "channel": channel,
                "address": address,
                "address_key": address_key(channel, address) if address else None,
                "updated_at": event.occurred_at,
                "message_id": event.message_id,
                "source": source,
            }
    return [latest[key] for key in sorted(latest)]


def _confirmed(stored: Sequence[StoredEvent], source: str) -> Iterator[dict[str, Any]]:
    """Yields the addresses that customers confirmed by the engine's own link, also when a simulation repeats it."""
    for event in stored if source == consents.OWN_SOURCE else ():
        email = event.properties.get("email")
        if event.name == consents.EMAIL_CONFIRMED and isinstance(email, str):
            yield {
                "customer_id": event.customer,
                "channel": Channel.EMAIL,
                "address": address_key(Channel.EMAIL, email),
                "message_id": event.message_id,
                "at": event.occurred_at,
            }


def _consents(
    event: StoredEvent, source: str, project: Project, *, context: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    if event.name not in (consents.CONSENT_GIVEN, consents.CONSENT_WITHDRAWN) or event.customer == SYSTEM_CUSTOMER_ID:
        return
    said = event.properties
    scope = consents.parse_consent(event.name, said, project.topics, context=context, senders=project.senders)
    pause = read_instant(said.get(consents.PAUSED_UNTIL)) if source == consents.PREFERENCES else None
    granted = event.name == consents.CONSENT_GIVEN
    for (purpose, channel, topic), sender in product(scope.covered, scope.senders):
        yield {
            "customer_id": event.customer,
            "purpose": purpose,
            "channel": channel,
            "topic": topic,
            "sender": sender,
            "granted": granted,
            "text_version": said.get("text_version"),
            "text_hash": said.get("text_hash"),
            "source": source,
            "message_id": event.message_id,
            "at": event.occurred_at,
            "ip": consent_details.read_ip(context or {}),
            "expires_at": scope.expires_at if granted else pause,
            "how": "pause" if pause and not granted else None,
        }


async def update_carts(connection: Connection, stored: Sequence[StoredEvent], shop: str) -> list[StoredEvent]:
    """Folds the carts that these events changed. Stores and returns what follows: cart_updated, cart_emptied.

    `shop` is the shop's currency.
    """
    affected = cart.affected_carts([(event.customer, event.name, event.properties) for event in stored])
    if not affected:
        return []
    carts, raised = [], []
    for (customer, id_), changes in (await event_store.load_cart_changes(connection, affected)).items():
        origin = {change.message_id: (source, received) for change, source, received in changes}
        folded = cart.fold_cart((change for change, _, _ in changes), id_, shop=shop)
        if folded.updated_at is None:  # orders alone, of something else
            continue
        carts.append(
            {
                "customer_id": customer,
                "cart_id": id_,
                "items": folded.items,
                "total": folded.total,
                "currency": None if folded.currency == shop else folded.currency,
                "updated_at": folded.updated_at,
            }
        )
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
