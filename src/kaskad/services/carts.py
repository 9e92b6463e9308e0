"""Carts follow from the events that changed them: they are computed anew, whenever one of these comes or moves."""

from __future__ import annotations

from typing import Any

from kaskad.domain import cart
from kaskad.domain.cart import AffectedCarts, CartChange
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import event_store
from kaskad.storage.ingestion.event_store import StoredEvent


async def fold_carts(connection: Connection, affected: AffectedCarts, shop: str) -> list[StoredEvent]:
    """Folds these carts anew. Stores and returns what follows: cart_updated, cart_emptied."""
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
