"""Data of offers: codes that are given once, and products that were bought together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import text_column, time_column


class PromoCode(SQLModel, table=True):
    """A code of a promo. It belongs to its enrollment for good; null means not given yet.

    `key` is the domain's `code_key`: what somebody typed is compared by it.
    """

    __tablename__ = "promo_code"
    __table_args__ = (
        Index("promo_code_left", "promo", "code", postgresql_where=text("enrollment_id IS NULL")),
        Index("promo_code_once", "enrollment_id", "promo", unique=True),
        Index("promo_code_key", "key"),
    )
    promo: str = Field(sa_column=Column(Text, primary_key=True))
    code: str = Field(sa_column=Column(Text, primary_key=True))
    enrollment_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    taken_at: datetime | None = time_column(null=True)
    valid_until: datetime | None = time_column(null=True)
    key: str | None = text_column(null=True)


class PromoRedemption(SQLModel, table=True):
    """Where and when a code was redeemed: once. `request` names the request of `source` that did it."""

    __tablename__ = "promo_redemption"
    promo: str = Field(sa_column=Column(Text, primary_key=True))
    code: str = Field(sa_column=Column(Text, primary_key=True))
    place: str = text_column()
    store: str | None = text_column(null=True)
    order_id: str | None = text_column(null=True)
    source: str = text_column()
    request: str = text_column()
    redeemed_at: datetime = time_column()


class BoughtTogether(SQLModel, table=True):
    """In how many recent orders two products were together; a product with itself: in how many orders it was."""

    __tablename__ = "bought_together"
    product_id: str = Field(sa_column=Column(Text, primary_key=True))
    other_id: str = Field(sa_column=Column(Text, primary_key=True))
    orders: int
