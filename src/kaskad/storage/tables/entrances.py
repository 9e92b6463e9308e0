"""Polled entry triggers: the members of a segment, and when the next entrance scan is due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import text_column, time_column


class EntranceScan(SQLModel, table=True):
    """The entrance scan of a journey, all customers in turn. `after_customer`: the progress of the round of `at`.

    `since`: earlier occurrences start nothing, the journey did not exist yet. `faults`: failures in a row.
    `imported_at`: when the last import ended; what holds by then lets nobody in. Of segments it is null again once a
    round has noted who is inside.
    """

    __tablename__ = "entrance_look"
    journey: str = Field(sa_column=Column(Text, primary_key=True))
    since: datetime = time_column()
    due_at: datetime = time_column()
    at: datetime | None = time_column(null=True)
    after_customer: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    faults: int = Field(sa_column_kwargs={"server_default": text("0")})
    fault: str | None = text_column(null=True)
    imported_at: datetime | None = time_column(null=True)


class SegmentMember(SQLModel, table=True):
    """A customer who was in the segment at the last scan of the journey, and since which scan."""

    __tablename__ = "segment_member"
    journey: str = Field(sa_column=Column(Text, primary_key=True))
    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    since: datetime = time_column()
