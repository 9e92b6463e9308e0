"""Customers: their identities, their contacts, and their consents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from kaskad.storage.tables.columns import json_column, key_column, origin_column, text_column, time_column


class Customer(SQLModel, table=True):
    """One customer. Its row is the mutex of every decision about the customer.

    `members` are the customers who were found to be the same person as this one, itself among them; null if there is
    none. Of these, each has `merged_into`: the row that it went into, perhaps by way of others.
    With `forgotten_at` it is a pseudonym: no identity leads to it, and no event is ever stored under it again.
    `attributes`, `locale` and `time_zone` are derived from the rows of `attribute`, of all members; `profile_version`
    counts how often they changed. It is null where a version that has no such rows wrote them.
    """

    id: int = key_column()
    attributes: dict[str, Any] = json_column()
    locale: str | None = text_column(null=True)
    time_zone: str | None = text_column(null=True)
    merged_into: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    members: list[int] | None = Field(default=None, sa_column=Column(ARRAY(BigInteger), nullable=True))
    created_at: datetime = time_column()
    forgotten_at: datetime | None = time_column(null=True)
    profile_version: int | None = Field(
        default=None, sa_column=Column(BigInteger, nullable=True, server_default=text("0"))
    )


class Attribute(SQLModel, table=True):
    """The latest word about an attribute of the customer; a `value` of null took it back.

    A merge does not move it. `source` is null where a profile of an older version says it, but no event any more.
    """

    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    name: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    value: Any = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = time_column()
    message_id: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    source: str | None = Field(default=None, sa_column=Column(Text(collation="C"), nullable=True))


class CustomerIdentity(SQLModel, table=True):
    """A source's name for a customer: a user id, an anonymous id, a loyalty card.

    `source` is who said so last, `since` the time of that event; identities of older versions have neither.
    """

    __tablename__ = "identity"
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=Column(Text, primary_key=True))
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    source: str | None = text_column(null=True)
    since: datetime | None = time_column(null=True)


class IdentityConflict(SQLModel, table=True):
    """An event named an identity beside `by_…`, and it was not believed; each pair is kept once for each reason.

    `customer_id` is whom the event was about, `other_id` whose the identity was then; null: nobody's.
    """

    __tablename__ = "identity_conflict"
    id: int = key_column()
    by_kind: str = text_column()
    by_value: str = text_column()
    kind: str = text_column()
    value: str = text_column()
    reason: str = text_column()
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    other_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True, index=True))
    source: str = text_column()
    message_id: str = text_column()
    at: datetime = time_column()
    __table_args__ = (
        Index("identity_conflict_once", "by_kind", "by_value", "kind", "value", "reason", unique=True),
        Index("identity_conflict_at", "at"),
        Index("identity_conflict_of", "kind", "value"),
    )


class Contact(SQLModel, table=True):
    """An address in a channel; `state` is active, dead, stopped, or removed (by the customer).

    `address_key` is the domain's: addresses are compared by it; without one, nothing is sent. `updated_at`,
    `message_id` and `source` are those of the last event about it; contacts of older versions have no source.
    """

    __table_args__ = (Index("contact_of_address", "channel", "address_key"),)
    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = text_column()
    address_key: str | None = text_column(null=True)
    state: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'active'")))
    updated_at: datetime = time_column()
    message_id: str = Field(sa_column=Column(Text, nullable=False, server_default=text("''")))
    source: str | None = text_column(null=True)


class Device(SQLModel, table=True):
    """A device of a customer in push or web push; the contact of the channel is the latest that is active.

    `address_key` is '' in the row that says when all devices were taken back. `state` is active, dead, or removed (by
    the customer, or since another customer has the device now). `device_id` is the device's own, if it told one.
    """

    __table_args__ = (Index("device_of_address", "channel", "address_key"),)
    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    address_key: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = text_column()
    device_id: str | None = text_column(null=True)
    state: str = text_column()
    updated_at: datetime = time_column()
    message_id: str = text_column()


class Suppression(SQLModel, table=True):
    """An address that gets no more messages in its channel, for any customer: of one journey, or none at all if ''.

    `address` is the keyed hash of the domain's `address_key`. `reason` is the domain's: `address_dead` after a failed
    delivery, else how somebody opted out. Reasons stand side by side: what lifts one leaves the others.
    """

    channel: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = Field(sa_column=Column(Text, primary_key=True))
    journey: str = Field(sa_column=Column(Text, primary_key=True))
    reason: str = Field(sa_column=Column(Text, primary_key=True))
    source: str = text_column()
    at: datetime = time_column()


class RefusedAddress(SQLModel, table=True):
    """A withdrawal that named only an address: it counts for every customer who has the address, now or later.

    `reached_by` is the address's channel, `address` the keyed hash of the domain's `address_key`; `purpose`, `channel`
    and `topic` are what was withdrawn, '' is every one.
    """

    __tablename__ = "refused_address"
    reached_by: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = Field(sa_column=Column(Text, primary_key=True))
    purpose: str = Field(sa_column=Column(Text, primary_key=True))
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    topic: str = Field(sa_column=Column(Text, primary_key=True))
    source: str = text_column()
    message_id: str = text_column()
    at: datetime = time_column()


class ConfirmedAddress(SQLModel, table=True):
    """An address that the customer confirmed by a link in a message to it; `address` is the domain's `address_key`."""

    __tablename__ = "confirmed_address"
    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = Field(sa_column=Column(Text, primary_key=True))
    message_id: str = text_column()
    at: datetime = time_column()


class Consent(SQLModel, table=True):
    """A consent or withdrawal of the customer, append-only. A null channel, topic or sender means all of them.

    A grant does not count from `expires_at` on. A withdrawal with `expires_at` is a pause: it ends then; of several
    pauses the last one counts. `how`: 'confirmed' if the address confirmed it, 'pause', or null.
    """

    __table_args__ = (Index("consent_latest", "customer_id", "purpose", "channel", text("at DESC")),)
    id: int = key_column()
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    purpose: str = text_column()
    channel: str | None = text_column(null=True)
    topic: str | None = text_column(null=True)
    granted: bool
    text_version: str | None = text_column(null=True)
    text_hash: str | None = text_column(null=True)
    source: str = text_column()
    message_id: str = text_column()
    at: datetime = time_column()
    sender: str | None = text_column(null=True)
    ip: str | None = text_column(null=True)
    expires_at: datetime | None = time_column(null=True)
    how: str | None = text_column(null=True)
    origin: int | None = origin_column()
