"""The events of the shop's sources: Segment's `track` and `identify`, before a client sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

Source = Literal["site", "app", "store"]
NAMESPACE = uuid5(NAMESPACE_URL, "https://shop.example/events")
CURRENCY = "RUB"

IDENTIFY = ""  # an `identify` has no name
VIEWED, ADDED, REMOVED = "Product Viewed", "Product Added", "Product Removed"
CART_UPDATED, ORDERED = "Cart Updated", "Order Completed"
SIGNED_UP, EMAIL_CONFIRMED = "Signed Up", "email_confirmed"
CONSENT_GIVEN, CONSENT_WITHDRAWN = "consent_given", "consent_withdrawn"
APP_OPENED = "app_opened"
SUBSCRIBED, STOCK_CHANGED = "product_subscribed", "product_stock_changed"
NAMES = frozenset(
    {VIEWED, ADDED, REMOVED, CART_UPDATED, ORDERED, SIGNED_UP, EMAIL_CONFIRMED, CONSENT_GIVEN, CONSENT_WITHDRAWN}
    | {APP_OPENED, SUBSCRIBED, STOCK_CHANGED}
)


@dataclass(frozen=True, slots=True)
class ShopEvent:
    """One call of a Segment client. `user` or `anonymous_id` is the customer; `at` is aware UTC, in milliseconds."""

    message_id: UUID
    at: datetime
    source: Source
    kind: Literal["track", "identify"]
    user: str | None
    anonymous_id: str | None = None
    name: str = IDENTIFY
    properties: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)


class EventRecorder:
    """Records the events of one author; the ids are the same for the same key and order."""

    def __init__(self, *key: object) -> None:
        self._key = ":".join(map(str, key))
        self.events: list[ShopEvent] = []

    def track(
        self,
        at: datetime,
        source: Source,
        user: str | None,
        *,
        name: str,
        properties: Mapping[str, Any],
        anonymous_id: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        """Records a `track` event."""
        event = ShopEvent(self._next_id(), at, source, "track", user, anonymous_id, name, properties, {}, context or {})
        self.events.append(event)

    def identify(
        self, at: datetime, source: Source, user: str, *, traits: Mapping[str, Any], context: Mapping[str, Any]
    ) -> None:
        """Records an `identify` event."""
        event = ShopEvent(self._next_id(), at, source, "identify", user, traits=traits, context=context)
        self.events.append(event)

    def _next_id(self) -> UUID:
        return uuid5(NAMESPACE, f"{self._key}:{len(self.events)}")
