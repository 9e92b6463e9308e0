"""Column types that the tables share."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Enum, Identity, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

FINE = {"pages_per_range": 32}  # of a BRIN index: a quarter of the default, still a thousandth of the table


def key_column() -> Any:
    """The primary key: a number that the database generates."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))


def time_column(*, null: bool = False, key: bool = False) -> Any:
    """An instant in UTC, given by the code that writes the row; `key` if it is part of the primary key."""
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=null, primary_key=key))


def origin_column() -> Any:
    """The customer that the row was stored of first, if that one was merged into another; null if it never moved."""
    return Field(default=None, sa_column=Column(BigInteger, nullable=True))


def json_column(default: str = "{}") -> Any:
    """A JSON value; `default` is its value if none is written."""
    return Field(sa_column=Column(JSONB, nullable=False, server_default=text(f"'{default}'::jsonb")))


def text_column(*, null: bool = False) -> Any:
    """A text."""
    return Field(default=None, sa_column=Column(Text, nullable=null))


def enum_column(kind: type[StrEnum], name: str) -> Any:
    """The value of one of the enum's members."""
    values = Enum(kind, name=name, values_callable=lambda members: [member.value for member in members])
    return Field(sa_column=Column(values, nullable=False))
