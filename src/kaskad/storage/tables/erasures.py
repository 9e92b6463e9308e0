"""Erasures: whose data were erased, when, and by whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import json_column, key_column, text_column, time_column


class Erasure(SQLModel, table=True):
    """One customer who was forgotten. It names nobody: the id is a pseudonym, which nothing leads back from.

    `counts` are the rows that were deleted or emptied, by table.
    """

    id: int = key_column()
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = time_column()
    by: str = text_column()
    counts: dict[str, int] = json_column()
