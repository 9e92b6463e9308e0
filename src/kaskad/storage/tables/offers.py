"""What offers are made of: codes that are given once, and what was bought together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import time_column


class PromoCode(SQLModel, table=True):
    """A code of a promo. It belongs to the enrollment that it was given to, for good; null is still to be given."""

    __tablename__ = "promo_code"
    __table_args__ = (
        Index("promo_code_left", "promo", "code", postgresql_where=text("enrollment_id IS NULL")),
        Index("promo_code_once", "enrollment_id", "promo", unique=True),
    )
    promo: str = Field(sa_column=Column(Text, primary_key=True))
    code: str = Field(sa_column=Column(Text, primary_key=True))
    enrollment_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    taken_at: datetime | None = time_column(null=True)
    valid_until: datetime | None = time_column(null=True)


class BoughtTogether(SQLModel, table=True):
    """In how many orders of late two products stood together; of a product with itself: in how many it stood."""

    __tablename__ = "bought_together"
    product_id: str = Field(sa_column=Column(Text, primary_key=True))
    other_id: str = Field(sa_column=Column(Text, primary_key=True))
    orders: int
