"""Carts and products, as last reported."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Numeric, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import json_column, text_column, time_column


class Cart(SQLModel, table=True):
    """The current content of a cart.

    `items`: [{product_id, title, price, quantity, url, image}], and what else tells lines apart. `total` is null if it
    is not known; `currency` is null if it is the shop's, and the domain's `MIXED` if the lines are in several.
    """

    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    cart_id: str = Field(sa_column=Column(Text, primary_key=True))
    items: list[dict[str, Any]] = json_column("[]")
    total: Decimal | None = Field(sa_column=Column(Numeric(14, 2), nullable=True))
    currency: str | None = text_column(null=True)
    updated_at: datetime = time_column()


class Product(SQLModel, table=True):
    """A product as last reported. `stock`: {store: units}; `told_at`: value (`stock.online`) → when it was reported."""

    __table_args__ = (Index("product_of_category", text("(attributes ->> 'category')")),)
    id: str = Field(sa_column=Column(Text, primary_key=True))
    attributes: dict[str, Any] = json_column()
    stock: dict[str, Any] = json_column()
    told_at: dict[str, str] = json_column()
