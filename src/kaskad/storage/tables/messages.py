"""Messages and call tasks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Interval, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from kaskad.domain.outcome import MessageStatus
from kaskad.storage.tables.columns import FINE, enum_column, origin_column, text_column, time_column


class Message(SQLModel, table=True):
    """One attempt in one channel. `fence` grows with each claim: a late settlement of an older claim has no effect."""

    __table_args__ = (
        Index("message_to_send", "journey", "channel", "not_before", "id", postgresql_where=text("status = 'queued'")),
        Index("message_leased", "lease_until", postgresql_where=text("status IN ('claimed', 'sending')")),
        Index("message_unknown", "ask_at", "id", postgresql_where=text("status = 'unknown'")),
        Index("message_touches", "customer_id", "counts_on"),
        Index("message_of_enrollment", "enrollment_id"),
        Index("message_of_late", "sent_at", postgresql_using="brin", postgresql_with=FINE),
        {"postgresql_partition_by": "RANGE (entered_on)"},
    )
    id: UUID = Field(primary_key=True)
    entered_on: date = Field(primary_key=True)  # its enrollment's `entered_at`, in UTC
    enrollment_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = text_column()
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    step: str = text_column()
    message: str = text_column()
    channel: str = text_column()
    topic: str | None = text_column(null=True)
    purpose: str = text_column()
    sender: str = text_column()
    mode: str = text_column()
    priority: int
    status: MessageStatus = enum_column(MessageStatus, "message_status")
    reason: str | None = text_column(null=True)
    detail: str | None = text_column(null=True)
    attempt: int = Field(sa_column_kwargs={"server_default": text("0")})
    fence: int = Field(sa_column_kwargs={"server_default": text("0")})
    lease_until: datetime | None = time_column(null=True)
    decided_at: datetime = time_column()
    counts_on: date
    together: list[int] | None = Field(
        default=None, sa_column=Column(ARRAY(BigInteger), nullable=True)
    )  # the other entries that it is about
    expires_at: datetime = time_column()
    not_before: datetime = time_column()
    patience: timedelta = Field(sa_column=Column(Interval, nullable=False))
    address: str | None = text_column(null=True)
    provider: str | None = text_column(null=True)
    reference: str | None = text_column(null=True)
    cost: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 4), nullable=True))
    sending_at: datetime | None = time_column(null=True)  # the engine's clock
    sending_machine_at: datetime | None = time_column(null=True)  # the machine's, just before the commit
    sent_at: datetime | None = time_column(null=True)
    delivered_at: datetime | None = time_column(null=True)
    opened_at: datetime | None = time_column(null=True)
    clicked_at: datetime | None = time_column(null=True)
    unknown_since: datetime | None = time_column(null=True)  # the first call that may have reached the customer
    settled_by: str | None = text_column(null=True)  # how an unknown outcome was resolved: the domain's `SettledBy`
    ask_at: datetime | None = time_column(null=True)  # when an unknown outcome is checked next; null once it is settled
    key_until: datetime | None = time_column(null=True)  # until then its provider recognizes the key
    stopped: str | None = text_column(null=True)  # complained or unsubscribed: its step ends
    origin: int | None = origin_column()


class CallTask(SQLModel, table=True):
    """A call that a person makes. Its id is the message's."""

    __tablename__ = "call_task"
    id: UUID = Field(primary_key=True)
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = text_column()
    team: str = text_column()
    script: str = text_column()
    phone: str = text_column()
    due_by: datetime = time_column()
    created_at: datetime = time_column()
    done_at: datetime | None = time_column(null=True)
    result: str | None = text_column(null=True)
