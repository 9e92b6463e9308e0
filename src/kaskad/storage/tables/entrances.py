"""Entrances at which nothing happens: who is in a segment, and when to look who enters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import text_column, time_column


class EntranceLook(SQLModel, table=True):
    """When it is looked who enters a journey, all customers in turn. `after_customer`: how far the round `at` has come.

    `since`: what was before lets nobody in, the journey was not there yet. `faults`: so often it failed in a row.
    """

    __tablename__ = "entrance_look"
    journey: str = Field(sa_column=Column(Text, primary_key=True))
    since: datetime = time_column()
    due_at: datetime = time_column()
    at: datetime | None = time_column(null=True)
    after_customer: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    faults: int = Field(sa_column_kwargs={"server_default": text("0")})
    fault: str | None = text_column(null=True)


class SegmentMember(SQLModel, table=True):
    """Who was in the segment that lets people into the journey, at the last look, and since which look."""

    __tablename__ = "segment_member"
    journey: str = Field(sa_column=Column(Text, primary_key=True))
    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    since: datetime = time_column()
