"""The event store: what happened, and when each source last sent something."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import json_column, key_column, origin_column, text_column, time_column


class Event(SQLModel, table=True):
    """An event of any channel, append-only, by month. `message_id` is the source's own."""

    __table_args__ = (
        Index("event_of_customer", "customer_id", "name", text("occurred_at DESC")),
        Index(
            "event_of_product",
            text("(properties ->> 'product_id')"),
            "name",
            "customer_id",
            postgresql_where=text(
                "name IN ('product_viewed', 'product_subscribed', 'product_liked', 'product_unliked')"
            ),
        ),
        Index(
            "event_of_order",
            text("(properties ->> 'order_id')"),
            "customer_id",
            postgresql_where=text("name IN ('order_completed', 'order_cancelled', 'order_returned')"),
        ),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )
    id: int = key_column()
    message_id: str = text_column()
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = text_column()
    source: str = text_column()
    occurred_at: datetime = time_column(key=True)
    received_at: datetime = time_column()
    properties: dict[str, Any] = json_column()
    spoiled: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    origin: int | None = origin_column()


class EventSeen(SQLModel, table=True):
    """The events that were already received: a source's message id counts once, while the policy keeps repeats."""

    __tablename__ = "event_seen"
    __table_args__ = (
        Index("event_seen_age", "seen_at"),
        {"postgresql_partition_by": "HASH (source, message_id)"},
    )
    source: str = Field(sa_column=Column(Text, primary_key=True))
    message_id: str = Field(sa_column=Column(Text, primary_key=True))
    seen_at: datetime = time_column()


class Source(SQLModel, table=True):
    """When each source last sent an event."""

    name: str = Field(sa_column=Column(Text, primary_key=True))
    last_heard: datetime = time_column()
