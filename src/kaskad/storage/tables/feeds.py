"""Catalogue feeds: how each stands, and what each offer said when it was taken in last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import json_column, text_column, time_column


class FeedState(SQLModel, table=True):
    """One feed. `busy_until` and `fence`: a worker reads it. `settings` is the hash of what the file says of it.

    `etag` and `last_modified` are those of the document that was taken in last; `full_after`: from then on it is read
    although the document is the same, because a sale begins or ends. `problem` is the code of what went wrong, with
    `detail`; null if nothing did. `result` counts what the last reading changed.
    """

    __tablename__ = "feed_state"
    name: str = Field(sa_column=Column(Text, primary_key=True))
    due_at: datetime = time_column()
    busy_until: datetime | None = time_column(null=True)
    fence: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    settings: str | None = text_column(null=True)
    etag: str | None = text_column(null=True)
    last_modified: str | None = text_column(null=True)
    full_after: datetime | None = time_column(null=True)
    told_at: datetime | None = time_column(null=True)  # the time that the values of the last document count from
    read_at: datetime | None = time_column(null=True)  # when it was last read to the end
    failures: int = Field(sa_column=Column(Integer, nullable=False, server_default=text("0")))
    problem: str | None = text_column(null=True)
    detail: str | None = text_column(null=True)
    result: dict[str, Any] = json_column()


class FeedOffer(SQLModel, table=True):
    """One offer of a feed, by the product's id and the store that a row is about ('' if about none).

    `digest` is the hash of what it says of the product; `stock`: {store: units}; `price` with its currency, as
    `590.00 RUB`. `gone`: it is not in the feed any more. `changes`: how often it was taken in.
    """

    __tablename__ = "feed_offer"
    feed: str = Field(sa_column=Column(Text, primary_key=True))
    id: str = Field(sa_column=Column(Text, primary_key=True))
    store: str = Field(sa_column=Column(Text, primary_key=True))
    digest: str = text_column()
    stock: dict[str, Any] = json_column()
    price: str | None = text_column(null=True)
    in_stock: bool = Field(sa_column=Column(Boolean, nullable=False))
    gone: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=text("false")))
    changes: int = Field(sa_column=Column(Integer, nullable=False, server_default=text("0")))
