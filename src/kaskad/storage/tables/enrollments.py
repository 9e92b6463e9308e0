"""Enrollments, the decision log, and fan-outs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from kaskad.domain.outcome import EnrollmentStatus
from kaskad.storage.tables.columns import (
    FINE,
    enum_column,
    json_column,
    key_column,
    origin_column,
    text_column,
    time_column,
)

LIVE_ENROLLMENT = text("status IN ('candidate', 'active')")


class Enrollment(SQLModel, table=True):
    """One customer in one journey. If `step` is null and the status active, no steps are left."""

    __table_args__ = (
        Index("enrollment_due", "journey", "due_at", "id", postgresql_where=LIVE_ENROLLMENT),
        Index("enrollment_of_customer", "customer_id", postgresql_where=LIVE_ENROLLMENT),
        Index("enrollment_live_once", "journey", "customer_id", "key", unique=True, postgresql_where=LIVE_ENROLLMENT),
        Index("enrollment_history", "customer_id", "journey"),
        Index("enrollment_quarantined", "journey", "id", postgresql_where=text("status = 'quarantined'")),
        Index("enrollment_admitted", "admitted_at", postgresql_using="brin", postgresql_with=FINE),
    )
    id: int = key_column()
    uid: UUID = Field(sa_column_kwargs={"server_default": text("gen_random_uuid()")})
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = text_column()
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    status: EnrollmentStatus = enum_column(EnrollmentStatus, "enrollment_status")
    key: str = text_column()
    sender: str = text_column()
    purpose: str = text_column()
    mode: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'live'")))
    direct: bool = Field(sa_column_kwargs={"server_default": text("false")})
    priority: int
    entry: dict[str, Any] = json_column()
    entry_message_id: str = text_column()
    entered_at: datetime = time_column()
    last_trigger_at: datetime = time_column()
    admitted_at: datetime | None = time_column(null=True)
    due_at: datetime = time_column()
    step: str | None = text_column(null=True)
    step_since: datetime | None = time_column(null=True)
    spoke_at: datetime | None = time_column(null=True)
    reason: str | None = text_column(null=True)
    left_by: str | None = text_column(null=True)
    left_place: str | None = text_column(null=True)
    left_at: datetime | None = time_column(null=True)
    ended_at: datetime | None = time_column(null=True)
    faults: int = Field(sa_column_kwargs={"server_default": text("0")})  # failures at this step; too many: quarantined
    fault: str | None = text_column(null=True)
    moved: dict[str, str] = json_column()  # steps removed by edits → the steps that replaced them
    origin: int | None = origin_column()


class PastEntry(SQLModel, table=True):
    """The rest of deleted enrollments: when each customer last entered a journey that sent them a message."""

    __tablename__ = "past_entry"
    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    journey: str = Field(sa_column=Column(Text, primary_key=True))
    entered_at: datetime = time_column()


class Decision(SQLModel, table=True):
    """A decision, its reason, and its facts. Append-only; a wake-up that changed nothing writes none.

    `seen` is the snapshot of one decision (domain/decisions/snapshot.py), in the first of its rows.
    """

    __table_args__ = (
        Index("decision_of_enrollment", "enrollment_id", "id"),
        Index("decision_of_late", "at", postgresql_using="brin", postgresql_with=FINE),
        {"postgresql_partition_by": "RANGE (at)"},
    )
    id: int = key_column()
    enrollment_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = text_column()
    step: str | None = text_column(null=True)
    kind: str = text_column()
    reason: str | None = text_column(null=True)
    facts: dict[str, Any] = json_column()
    seen: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    at: datetime = time_column(key=True)


class Fanout(SQLModel, table=True):
    """A change of a product that starts a journey for many. `after_customer` is the progress of the expansion."""

    __table_args__ = (Index("fanout_open", "due_at", "id", postgresql_where=text("done_at IS NULL")),)
    id: int = key_column()
    journey: str = text_column()
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    product_id: str = text_column()
    entry: dict[str, Any] = json_column()
    message_id: str = text_column()
    audience: int = Field(sa_column_kwargs={"server_default": text("0")})
    after_customer: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    occurred_at: datetime = time_column()
    due_at: datetime = time_column()
    done_at: datetime | None = time_column(null=True)
