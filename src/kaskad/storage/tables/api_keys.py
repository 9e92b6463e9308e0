"""Keys of the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import key_column, text_column, time_column


class ApiKey(SQLModel, table=True):
    """A key by its SHA-256: the key itself, of 32 random bytes, was shown once. `source` is only that of ingest keys.

    `last_used_at` is coarse; it is written once in ten minutes.
    """

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("hash", name="api_key_hash"),)
    id: int = key_column()
    name: str = text_column()
    hash: str = text_column()
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    source: str | None = text_column(null=True)
    made_at: datetime = time_column()
    made_by: str = text_column()
    last_used_at: datetime | None = time_column(null=True)
    revoked_at: datetime | None = time_column(null=True)
    revoked_by: str | None = text_column(null=True)
