"""Calls to other systems."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Enum, Index, text
from sqlmodel import Field, SQLModel

from kaskad.domain.outcome import MessageStatus
from kaskad.storage.tables.columns import text_column, time_column

STATUS = Enum(
    MessageStatus,
    name="message_status",
    create_type=False,
    values_callable=lambda members: [member.value for member in members],
)


class WebhookCall(SQLModel, table=True):
    """One call of a webhook step, with a status like a message's. Its id is its Idempotency-Key."""

    __tablename__ = "webhook_call"
    __table_args__ = (
        Index("webhook_call_to_make", "not_before", "id", postgresql_where=text("status = 'queued'")),
        Index("webhook_call_leased", "lease_until", postgresql_where=text("status = 'sending'")),
        Index("webhook_call_of_enrollment", "enrollment_id"),
    )
    id: UUID = Field(primary_key=True)
    enrollment_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = text_column()
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    step: str = text_column()
    webhook: str = text_column()
    status: MessageStatus = Field(sa_column=Column(STATUS, nullable=False))
    detail: str | None = text_column(null=True)
    attempt: int = Field(sa_column_kwargs={"server_default": text("0")})
    fence: int = Field(sa_column_kwargs={"server_default": text("0")})
    lease_until: datetime | None = time_column(null=True)
    decided_at: datetime = time_column()
    not_before: datetime = time_column()
    sending_at: datetime | None = time_column(null=True)  # the latest call, on the engine's clock
    unknown_since: datetime | None = time_column(null=True)  # the first call that may have been accepted
    settled_at: datetime | None = time_column(null=True)
