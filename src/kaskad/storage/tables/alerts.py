"""Alerts to the owners of journeys."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import key_column, text_column, time_column


class Alert(SQLModel, table=True):
    """A problem that the journey's owner has to know: one e-mail, however often it happens while the alert is open."""

    __table_args__ = (
        Index(
            "alert_open_once", "kind", "journey", "reason", unique=True, postgresql_where=sa.text("closed_at IS NULL")
        ),
        Index("alert_to_tell", "tell_at", postgresql_where=sa.text("tell_at IS NOT NULL")),
    )
    id: int = key_column()
    kind: str = text_column()
    journey: str = text_column()
    reason: str = text_column()
    text: str = text_column()
    count: int
    first_at: datetime = time_column()
    last_at: datetime = time_column()
    tell_at: datetime | None = time_column(null=True)  # when the owner is written to (again); null once written
    tries: int = Field(sa_column_kwargs={"server_default": sa.text("0")})
    told_at: datetime | None = time_column(null=True)
    closed_at: datetime | None = time_column(null=True)  # it is over: the next time the owner is told again
