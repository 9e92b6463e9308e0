"""Imports: the runs, and the rows that are known for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Uuid, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import json_column, key_column, text_column, time_column


class ImportRun(SQLModel, table=True):
    """One import. While `ended_at` is null it runs, or died: scans of entrances wait.

    `files`: [{name, size}]; `progress`: the file and the row up to which everything is stored, and how long the file
    of rejects is; `fence` is raised by whoever takes the run over; `heard_at` is the machine's clock.
    """

    __tablename__ = "import_run"
    __table_args__ = (Index("import_run_open", "id", postgresql_where=sa.text("ended_at IS NULL")),)
    id: int = key_column()
    kind: str = text_column()
    source: str = text_column()
    files: list[dict[str, Any]] = json_column("[]")
    map_digest: str = text_column()
    let_in: bool
    state: str = text_column()  # running, done, abandoned
    fence: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("1")))
    progress: dict[str, Any] = json_column()
    counts: dict[str, Any] = json_column()
    began_at: datetime = time_column()
    heard_at: datetime = time_column()
    ended_at: datetime | None = time_column(null=True)


class ImportedRow(SQLModel, table=True):
    """An event that was imported, by the digest of its source and its natural id: never again, whatever is let go."""

    __tablename__ = "imported_row"
    digest: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    import_id: int = Field(sa_column=Column(BigInteger, nullable=False))
