"""The rate and health of providers, shared by all workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import text_column, time_column


class ProviderHealth(SQLModel, table=True):
    """A provider's rate and health, on the server's clock; one without a row is healthy, and its slots are free.

    Unlogged: it is written for each micro-batch and need not survive a crash of the database.
    """

    __tablename__ = "carrier"
    __table_args__: ClassVar[dict[str, Any]] = {"prefixes": ["UNLOGGED"]}
    name: str = Field(sa_column=Column(Text, primary_key=True))
    next_free: datetime = time_column()  # the first free slot of its rate
    failures: int = Field(sa_column_kwargs={"server_default": text("0")})  # outages since the last sent message
    opened: int = Field(sa_column_kwargs={"server_default": text("0")})  # how often its breaker opened since then
    open_until: datetime | None = time_column(null=True)  # open until then; after that one worker probes it
    probe_until: datetime | None = time_column(null=True)  # the end of that probe's time
    failed_at: datetime | None = time_column(null=True)
    failure: str | None = text_column(null=True)
