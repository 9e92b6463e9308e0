"""What events tell about a person and about products: attributes, contacts, consents, carts, stock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kaskad.domain import cart
from kaskad.domain.cart import CartChange
from kaskad.domain.channel import Channel
from kaskad.services.incoming import IDENTIFY, Incoming
from kaskad.storage import ledger
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write
from kaskad.storage.ledger import NOBODY, Stored
from kaskad.storage.queries import query

# One phone number reaches through three channels; whether Viber knows it, its receipts tell.
CONTACTS: Mapping[str, tuple[Channel, ...]] = {
    "email": (Channel.EMAIL,),
    "phone": (Channel.SMS, Channel.VIBER, Channel.CALL),
    "viber": (Channel.VIBER,),
    "webpush": (Channel.WEBPUSH,),
    "push_token": (Channel.PUSH,),
}
# What these say of a product is in the viewer's language and of the viewer's moment: good enough until it is told.
HEARSAY = ("product_viewed", "product_added")


def traits_of(event: Incoming) -> dict[str, Any]:
    """The traits as a profile keeps them, with what the context says of device, locale and zone."""
    traits = {"time_zone" if key == "timezone" else key: value for key, value in event.traits.items()}
    context = event.context
    device = context.get("device")
    if isinstance(device, dict) and device.get("token"):
        traits["push_token"] = device["token"]
    for key, name in (("locale", "locale"), ("timezone", "time_zone")):
        if name not in traits and isinstance(context.get(key), str):
            traits[name] = context[key]
    return traits


async def update(connection: Connection, stored: Sequence[Stored], source: str) -> list[Stored]:
    """Profiles, contacts, consents and products, as the new events tell; returns what that raised: back_in_stock."""
    told = sorted({event.customer for event in stored if event.name == IDENTIFY})
    if told:
        await connection.execute(query("write_profiles"), {"customers": told})
    await write(connection, "write_contacts", _latest_contacts(stored))
    await write(connection, "write_consents", [row for event in stored for row in _consents(event, source)])
    return await _update_products(connection, stored, source)


def _latest_contacts(stored: Sequence[Stored]) -> list[dict[str, Any]]:
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    for event in sorted(stored, key=lambda event: (event.occurred_at, event.message_id)):
        traits = event.properties.get("traits") if event.name == IDENTIFY else None
        for trait, channels in CONTACTS.items():
            address = (traits or {}).get(trait)
            for channel in channels if address else ():
                row = {"customer_id": event.customer, "channel": channel, "updated_at": event.occurred_at}
                latest[event.customer, channel] = {**row, "address": str(address)}
    return [latest[key] for key in sorted(latest)]


def _consents(event: Stored, source: str) -> Iterator[dict[str, Any]]:
    if event.name not in ("consent_given", "consent_withdrawn") or event.customer == NOBODY:
        return
    said = event.properties
    yield {
        "customer_id": event.customer,
        "purpose": said.get("purpose") or "marketing",
        "channel": said.get("channel"),
        "topic": said.get("topic"),
        "granted": event.name == "consent_given",
        "text_version": said.get("text_version"),
        "text_hash": said.get("text_hash"),
        "source": source,
        "message_id": event.message_id,
        "at": event.occurred_at,
    }


async def update_carts(connection: Connection, stored: Sequence[Stored]) -> list[Stored]:
    """Folds the carts that these events changed, and stores what the changes raise: cart_updated, cart_emptied."""
    touched = cart.carts_of([(event.customer, event.name, event.properties) for event in stored])
    if not touched:
        return []
    carts, raised = [], []
    for (customer, id_), changes in (await ledger.cart_changes(connection, touched)).items():
        origin = {change.message_id: (source, received) for change, source, received in changes}
        folded = cart.fold(change for change, _, _ in changes)
        latest = max(change.occurred_at for change, _, _ in changes)
        row = {"customer_id": customer, "cart_id": id_, "items": folded.items, "total": folded.total}
        carts.append({**row, "updated_at": latest})
        for change, name in folded.raised:
            source, received = origin[change.message_id]
            raised.append(_raised(customer, id_, change, name) | {"source": source, "received_at": received})
    await write(connection, "write_carts", carts)
    return await ledger.insert(connection, raised)


def _raised(customer: int, id_: str, change: CartChange, name: str) -> dict[str, Any]:
    return {
        "message_id": change.message_id + cart.DERIVED_SUFFIX,
        "customer_id": customer,
        "name": name,
        "occurred_at": change.occurred_at,
        "properties": {"cart_id": id_},
    }


async def _update_products(connection: Connection, stored: Sequence[Stored], source: str) -> list[Stored]:
    """Writes only what is new: products are shared by everybody, their rows must stay cool."""
    told: dict[str, dict[str, Any]] = {}
    for event in sorted(stored, key=lambda event: (event.occurred_at, event.message_id)):
        for id_, attributes, stock in _told_of_products(event):
            row = told.setdefault(id_, {"id": id_, "attributes": {}, "stock": {}})
            row["attributes"] |= attributes
            row["stock"] |= stock
            row |= {"updated_at": event.occurred_at, "event": event}
            row["sure"] = row.get("sure", False) or event.name not in HEARSAY
    if not told:
        return []
    moving = [id_ for id_, row in told.items() if row["stock"]]
    known = await ledger.products(connection, told, lock=moving)
    news = [row for id_, row in sorted(told.items()) if id_ not in known or (row["sure"] and _differs(known[id_], row))]
    await write(connection, "write_products", [{**row, "event": None} for row in news])
    back = [row for row in news if row["id"] in known and _is_back(known[row["id"]]["stock"], row["stock"])]
    return await ledger.insert(connection, [_back_in_stock(row["event"], row["id"], source) for row in back])


def _is_back(before: Mapping[str, int], told: Mapping[str, int]) -> bool:
    """Whether a product that was sold out everywhere can be had again."""
    return bool(before) and sum(before.values()) <= 0 < sum({**before, **told}.values())


def _back_in_stock(event: Stored, product: str, source: str) -> dict[str, Any]:
    return {
        "message_id": f"{event.message_id}#stock",
        "customer_id": NOBODY,
        "name": "back_in_stock",
        "source": source,
        "occurred_at": event.occurred_at,
        "received_at": event.occurred_at,
        "properties": {"product_id": product},
    }


def _differs(known: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the row says something new; of two that say different things, the later one counts."""
    if row["updated_at"] < known["updated_at"]:
        return False
    return any(known[part].get(key) != value for part in ("attributes", "stock") for key, value in row[part].items())


def _told_of_products(event: Stored) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    said = event.properties
    if event.name == "product_stock_changed":
        yield str(said.get("product_id")), {}, {str(said.get("store") or "online"): cart.units(said.get("stock"))}
    elif event.name in (*HEARSAY, "product_updated") and said.get("product_id"):
        attributes = {
            "id": str(said["product_id"]),
            "title": said.get("name") or said.get("title"),
            "price": str(cart.money(said["price"])) if said.get("price") is not None else None,
            "category": said.get("category"),
            "url": said.get("url"),
            "image": said.get("image_url"),
        }
        titles = {key: value for key, value in said.items() if key.startswith("title_")}
        yield str(said["product_id"]), {k: v for k, v in (attributes | titles).items() if v is not None}, {}
