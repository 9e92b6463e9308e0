"""Addresses: the second mutex, what was sent to each, and the key that closed ones are hashed with."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Text, text
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import FINE, key_column, text_column, time_column


class Address(SQLModel, table=True):
    """One mailbox, number or token. Its row is the mutex of whoever sends to it, or writes what the check reads of it.

    `key` is the domain's `address_key`, `hash` its keyed hash. It is created when a contact is written.
    """

    channel: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    hash: str = text_column()


class AddressTouch(SQLModel, table=True):
    """A message that was given to a provider for this address: others with the same address do not get it again.

    The message's own row says what became of it.
    """

    __tablename__ = "address_touch"
    __table_args__ = (Index("address_touch_late", "at", postgresql_using="brin", postgresql_with=FINE),)
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    hash: str = Field(sa_column=Column(Text, primary_key=True))
    message_id: UUID = Field(primary_key=True)
    entered_on: date  # the partition of the message
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = text_column()
    step: str = text_column()
    purpose: str = text_column()
    at: datetime = time_column()


class SuppressionKey(SQLModel, table=True):
    """The fingerprint of the key that this database's addresses are hashed with. One row."""

    __tablename__ = "suppression_key"
    __table_args__ = (CheckConstraint("one", name="suppression_key_is_one"),)
    one: bool = Field(sa_column=Column(Boolean, primary_key=True, server_default=text("true")))
    fingerprint: str = text_column()


class SuppressionLift(SQLModel, table=True):
    """A suppression that an operator lifted: what it was, by whom and why. `address` is the hash. Never deleted."""

    __tablename__ = "suppression_lift"
    id: int = key_column()
    channel: str = text_column()
    address: str = text_column()
    journey: str = text_column()
    reason: str = text_column()
    source: str = text_column()
    at: datetime = time_column()
    lifted_at: datetime = time_column()
    lifted_by: str = text_column()
    why: str = text_column()
