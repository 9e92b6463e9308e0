"""Examples of what is read, for the OpenAPI document. No value is null: FastAPI leaves those out of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CART = {
    "cart_id": "k1",
    "items": [{"product_id": "pepperoni", "title": "Pepperoni", "price": 1500, "quantity": 1}],
    "total": 1500,
    "currency": "RUB",
    "updated_at": "2027-03-02T09:00:00Z",
    "etag": '"5f1d0c2a9b7e4c3d8a6f0b12"',
}
CUSTOMER = {
    "customer": "card:C1",
    "user_id": "kolya",
    "since": "2027-01-10T08:00:00Z",
    "locale": "ru",
    "time_zone": "Europe/Moscow",
    "attributes": {"first_name": "Kolya", "tier": "gold", "bonus_points": 320},
    "identities": [{"kind": "user_id", "value": "kolya"}, {"kind": "card", "value": "C1"}],
    "contacts": [{"channel": "email", "address": "kolya@customer.example", "state": "active", "closed": []}],
    "consents": [
        {
            "purpose": "marketing",
            "channel": "email",
            "topic": "carts",
            "sender": "shop",
            "state": "granted",
            "since": "2027-01-10T08:00:00Z",
            "until": "2029-01-10T08:00:00Z",
            "source": "site",
            "text": "marketing by e-mail, topic carts, sender shop: granted since 2027-01-10, until 2029-01-10",
        }
    ],
    "carts": [CART],
    "orders": [
        {
            "order_id": "o1",
            "at": "2027-02-20T12:00:00Z",
            "place": "store, Lenina 5",
            "total": 900,
            "currency": "RUB",
            "items": 2,
            "state": "delivered",
        }
    ],
    "journeys": [
        {
            "journey": "abandoned_cart",
            "entered_at": "2027-03-02T09:00:00Z",
            "step": "send 'cart_reminder'",
            "since": "2027-03-02T10:00:00Z",
            "next_at": "2027-03-02T12:00:00Z",
        }
    ],
}
TIMELINE = {
    "customer": "kolya",
    "entries": [
        {
            "id": "0cc175b9c0f1b6a831c399e269772661",
            "at": "2027-03-02T10:00:00Z",
            "kind": "conversation",
            "name": "conversation_message",
            "source": "support",
            "channel": "vk",
            "text": "talked with the shop at support",
            "attributes": {"conversation_id": "vk-17", "channel": "vk", "text": "Is size 42 there?"},
        }
    ],
    "next": "MjAyNy0wMy0wMlQxMDowMDowMC4wMDAwMDArMDA6MDB8MGNjMTc1Yjlj",
}

STOCK = {
    "product_id": "boots-42",
    "title": "Boots, 42",
    "price": 7990,
    "currency": "RUB",
    "attributes": {"category": "boots", "url": "https://shop.example/boots-42"},
    "total": 3,
    "stores": [
        {"store": "lenina-5", "units": 3, "told_at": "2027-03-02T08:55:00Z"},
        {"store": "online", "units": 0, "told_at": "2027-03-02T09:00:00Z"},
    ],
}
PROMO = {
    "code": "CART-7K2M9Q",
    "promo": "cart10",
    "valid": False,
    "problem": "promo-redeemed",
    "text": "the code was redeemed at 2027-03-03 15:00 UTC: store (lenina-5)",
    "where": ["site", "store"],
    "given_at": "2027-03-02T09:00:00Z",
    "valid_until": "2027-03-09T09:00:00Z",
    "given_to": "Kolya I.",
    "redeemed": {"place": "store", "store": "lenina-5", "redeemed_at": "2027-03-03T15:00:00Z"},
}
REDEEMED = {
    "code": "CART-7K2M9Q",
    "promo": "cart10",
    "place": "store",
    "store": "lenina-5",
    "order_id": "till-7/4711",
    "redeemed_at": "2027-03-03T15:00:00Z",
}


def describe(example: Mapping[str, Any], description: str = "Found.") -> dict[str, Any]:
    """The answer 200 of a route, with its example."""
    return {"description": description, "content": {"application/json": {"example": example}}}
