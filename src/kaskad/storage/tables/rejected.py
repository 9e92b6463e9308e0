"""Events that could not be stored, or were stored with a warning."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Index, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import key_column, text_column, time_column


class RejectedEvent(SQLModel, table=True):
    """One event, once however often it is sent. `stored`: it was stored, with the warning in `detail`.

    `digest` is the hash of the whole event; `body` is its JSON in plain characters, cut off. `skew`: seconds by which
    the clock of its source was behind.
    """

    __tablename__ = "rejected_event"
    __table_args__ = (
        Index("rejected_event_once", "source", "digest", "code", unique=True),
        Index("rejected_event_latest", "source", "id"),
        Index("rejected_event_age", "arrived_at"),
    )
    id: int = key_column()
    source: str = text_column()
    code: str = text_column()
    detail: str = text_column()
    digest: str = text_column()
    message_id: str | None = text_column(null=True)
    body: str = text_column()
    stored: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=text("false")))
    skew: float = Field(sa_column=Column(Double, nullable=False, server_default=text("0")))
    arrived_at: datetime = time_column()


class RejectCount(SQLModel, table=True):
    """How many events of a source were rejected with a code, or stored with that warning, on one day of the shop."""

    __tablename__ = "reject_count"
    source: str = Field(sa_column=Column(Text, primary_key=True))
    code: str = Field(sa_column=Column(Text, primary_key=True))
    day: date = Field(sa_column=Column(Date, primary_key=True))
    count: int = Field(sa_column=Column(BigInteger, nullable=False))
    first_at: datetime = time_column()
    last_at: datetime = time_column()


class UnknownEvent(SQLModel, table=True):
    """Events with a name that nothing here uses: stored, and counted. The name '' stands for all names beyond a
    maximum number.
    """

    __tablename__ = "unknown_event"
    source: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_column=Column(Text, primary_key=True))
    count: int = Field(sa_column=Column(BigInteger, nullable=False))
    first_at: datetime = time_column()
    last_at: datetime = time_column()
