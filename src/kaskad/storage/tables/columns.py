"""The kinds of column that the tables share."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Enum, Identity, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

FINE = {"pages_per_range": 32}  # of a BRIN index: a quarter of the usual, still a thousandth of the table


def key_column() -> Any:
    """The primary key: a number that the database gives."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))


def time_column(*, null: bool = False, key: bool = False) -> Any:
    """An instant, in UTC, given by whoever writes the row; `key` where the rows are laid out by it."""
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=null, primary_key=key))


def json_column(default: str = "{}") -> Any:
    """A JSON value; `default` is what it is where nothing is written."""
    return Field(sa_column=Column(JSONB, nullable=False, server_default=text(f"'{default}'::jsonb")))


def text_column(*, null: bool = False) -> Any:
    """A text."""
    return Field(default=None, sa_column=Column(Text, nullable=null))


def enum_column(kind: type[StrEnum], name: str) -> Any:
    """One of the members' values."""
    values = Enum(kind, name=name, values_callable=lambda members: [member.value for member in members])
    return Field(sa_column=Column(values, nullable=False))
