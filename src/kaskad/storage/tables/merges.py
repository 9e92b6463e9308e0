"""Merges: which customers became one person, and what a split needs to undo it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import json_column, text_column, time_column


class CustomerMerge(SQLModel, table=True):
    """`merged` became part of `standing`, since an event of `source` named both: `named` are its identities.

    `state` is how both were, for what a split cannot know by the `origin` of a row; null once one was forgotten,
    it was undone (`split_at`), or is as old as decisions are kept. `last_event` and `last_consent` are the ids of
    the last that were stored before it.
    """

    __tablename__ = "customer_merge"
    __table_args__ = (
        Index("customer_merge_of_merged", "merged"),
        Index("customer_merge_of_standing", "standing"),
        Index("customer_merge_state", "at", postgresql_where=text("state IS NOT NULL")),
    )
    id: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True))
    standing: int = Field(sa_column=Column(BigInteger, nullable=False))
    merged: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_event: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_consent: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = time_column()
    source: str = text_column()
    message_id: str = text_column()
    named: list[Any] = json_column("[]")
    state: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    split_at: datetime | None = time_column(null=True)
    split_by: str | None = text_column(null=True)


class SharedTouch(SQLModel, table=True):
    """A message that counts in the caps of one more customer: it was sent while two were taken for one."""

    __tablename__ = "shared_touch"
    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    message_id: UUID = Field(primary_key=True)
    counts_on: date
    topic: str | None = text_column(null=True)
    sender: str = text_column()
