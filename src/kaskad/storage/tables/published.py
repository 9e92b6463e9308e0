"""Published content, and the state that controls the engine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import json_column, key_column, text_column, time_column


class Template(SQLModel, table=True):
    """A compiled message, by the hash of its content."""

    hash: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = text_column()
    compiled: dict[str, Any] = json_column()


class Image(SQLModel, table=True):
    """An image of messages, by the hash of its content. Kept for ever, because mailboxes still show old e-mails."""

    hash: str = Field(sa_column=Column(Text, primary_key=True))
    media_type: str = text_column()
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Journey(SQLModel, table=True):
    """A published journey: its current version, whether it is active, and whether its file was removed (`ended`).

    An ended journey admits nobody; those inside go on to their end. `turns`: the number of pauses and resumes.
    """

    name: str = Field(sa_column=Column(Text, primary_key=True))
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    paused: bool = Field(sa_column_kwargs={"server_default": text("false")})
    turns: int = Field(sa_column_kwargs={"server_default": text("0")})
    ended: bool = Field(sa_column_kwargs={"server_default": text("false")})


class JourneyVersion(SQLModel, table=True):
    """A published version, kept for ever. `triggers` and `wakes_on` are event names that ingestion looks for."""

    __tablename__ = "journey_version"
    __table_args__ = (Index("journey_version_once", "journey", "hash", unique=True),)
    id: int = key_column()
    journey: str = text_column()
    number: int
    hash: str = text_column()
    document: dict[str, Any] = json_column()
    wakes_on: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    published_at: datetime = time_column()


class Publication(SQLModel, table=True):
    """Who did what with a version, and when: proposed, published, approved, rolled back, withdrawn. Append-only.

    `needs` says why it needed an approval. `commit` is git's HEAD; `edited`: the files differed from it.
    """

    __table_args__ = (Index("publication_of_journey", "journey", "id"),)
    id: int = key_column()
    journey: str = text_column()
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    did: str = text_column()
    by: str = text_column()
    commit: str | None = text_column(null=True)
    edited: bool | None = None
    needs: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    at: datetime = time_column()


class ConfigGeneration(SQLModel, table=True):
    """One row: the files as published last (unpinned ones too), and how often they changed.

    `rates`: currency → what one unit of it is worth in the shop's; the shop's own is 1.
    """

    __tablename__ = "config_generation"
    single: bool = Field(default=True, primary_key=True)
    generation: int
    project: dict[str, Any] = json_column()
    rates: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))


class PastFiles(SQLModel, table=True):
    """The files that are not pinned, of each generation: earlier decisions were made with them."""

    __tablename__ = "past_files"
    generation: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    project: dict[str, Any] = json_column()


class Clock(SQLModel, table=True):
    """One row: the engine's clock if it is stepped; null if it is the server's."""

    __tablename__ = "clock"
    single: bool = Field(default=True, primary_key=True)
    at: datetime | None = time_column(null=True)


class Stop(SQLModel, table=True):
    """An emergency stop: while the row exists, nothing in its scope is sent. Scope `all` has the name ''."""

    scope: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_column=Column(Text, primary_key=True))
    by: str = text_column()
    at: datetime = time_column()
