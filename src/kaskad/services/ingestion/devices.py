"""Devices in events: each token for push or web push is one of several that a customer has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel
from kaskad.domain.events import IDENTIFY
from kaskad.services.ingestion import contacts, event_limits
from kaskad.services.ingestion.segment_events import IncomingEvent
from kaskad.storage.ingestion.devices import CHANNELS
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent

DEVICE_ID = "device_id"  # a property of identify, beside the traits: whose token it is
ALL = ""  # in place of a key: every device was taken back


def device_id(context: Mapping[str, Any]) -> str | None:
    """Returns the id of the device whose token the context tells or takes back; None if it has none."""
    device = context.get("device")
    found = device.get("id") if isinstance(device, dict) and "token" in device else None
    return found if isinstance(found, str) and found and event_limits.fits_index(found) else None


def keys_in(events: Sequence[IncomingEvent]) -> list[tuple[str, str]]:
    """Returns the devices that these events tell, by channel and key."""
    told = (contacts.collect_traits(event.traits, event.context) for event in events if event.name == IDENTIFY)
    return [
        (channel, key)
        for traits in told
        for channel, address in contacts.read_devices(traits)
        if address and (key := address_key(channel, address))
    ]


def keys_of(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Returns the devices among these rows of addresses, by channel and key."""
    return [
        (row["channel"], row["address_key"]) for row in rows if row["channel"] in CHANNELS and row["address_key"] != ALL
    ]


def rows_of(stored: Sequence[StoredEvent]) -> list[dict[str, Any]]:
    """Returns what these events tell of devices: the latest word about each, as the database stores it."""
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for event in sorted(stored, key=lambda event: (event.occurred_at, event.message_id)):
        if event.name == IDENTIFY and event.customer != SYSTEM_CUSTOMER_ID:
            for row in _rows(event):
                latest[row["customer_id"], row["channel"], row["address_key"], row["device_id"]] = row
    return list(latest.values())


def _rows(event: StoredEvent) -> Iterator[dict[str, Any]]:
    for channel, address in contacts.read_devices(event.properties.get("traits") or {}):
        yield {
            "customer_id": event.customer,
            "channel": channel,
            "address": address or "",
            "address_key": (address_key(channel, address) if address else None) or ALL,
            "device_id": event.properties.get(DEVICE_ID) if channel is Channel.PUSH else None,
            "updated_at": event.occurred_at,
            "message_id": event.message_id,
        }
