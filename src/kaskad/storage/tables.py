"""The tables. No default reads a clock: every time is given by whoever writes the row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Enum, Identity, Index, Interval, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from kaskad.domain.outcome import EnrollmentStatus, MessageStatus

LIVE_ENROLLMENT = text("status IN ('candidate', 'active')")


def _key() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))


def _time(*, null: bool = False) -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=null))


def _json(default: str = "{}") -> Any:
    return Field(sa_column=Column(JSONB, nullable=False, server_default=text(f"'{default}'::jsonb")))


def _text(*, null: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Text, nullable=null))


def _enum(kind: type[StrEnum], name: str) -> Any:
    values = Enum(kind, name=name, values_callable=lambda members: [member.value for member in members])
    return Field(sa_column=Column(values, nullable=False))


class Customer(SQLModel, table=True):
    """One person. Its row is the mutex of everything decided about that person."""

    id: int = _key()
    attributes: dict[str, Any] = _json()
    locale: str | None = _text(null=True)
    time_zone: str | None = _text(null=True)
    merged_into: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    created_at: datetime = _time()


class CustomerIdentity(SQLModel, table=True):
    """How a source knows a person: a user id, an anonymous id, a loyalty card."""

    __tablename__ = "identity"
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=Column(Text, primary_key=True))
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))


class Contact(SQLModel, table=True):
    """An address in a channel; `state` is active, dead or stopped."""

    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    channel: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = _text()
    state: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'active'")))
    updated_at: datetime = _time()


class Consent(SQLModel, table=True):
    """What the customer agreed to or took back, append-only. A null channel or topic means all of them."""

    __table_args__ = (Index("consent_latest", "customer_id", "purpose", "channel", text("at DESC")),)
    id: int = _key()
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    purpose: str = _text()
    channel: str | None = _text(null=True)
    topic: str | None = _text(null=True)
    granted: bool
    text_version: str | None = _text(null=True)
    text_hash: str | None = _text(null=True)
    source: str = _text()
    message_id: str = _text()
    at: datetime = _time()


class Event(SQLModel, table=True):
    """What happened, in any channel, append-only. `message_id` is the sender's own: seen twice, counted once."""

    __table_args__ = (
        Index("event_once", "message_id", unique=True),
        Index("event_of_customer", "customer_id", "name", text("occurred_at DESC")),
        Index(
            "event_of_product",
            text("(properties ->> 'product_id')"),
            "name",
            "customer_id",
            postgresql_where=text("name IN ('product_viewed', 'product_subscribed')"),
        ),
    )
    id: int = _key()
    message_id: str = _text()
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = _text()
    source: str = _text()
    occurred_at: datetime = _time()
    received_at: datetime = _time()
    properties: dict[str, Any] = _json()


class Cart(SQLModel, table=True):
    """What lies in a cart now. `items`: [{product_id, title, price, quantity, url, image}]."""

    customer_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    cart_id: str = Field(sa_column=Column(Text, primary_key=True))
    items: list[dict[str, Any]] = _json("[]")
    total: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False, server_default=text("0")))
    updated_at: datetime = _time()


class Product(SQLModel, table=True):
    """A product as last heard of. `stock`: {store: units}; `told_at`: value (`stock.online`) → when it was told."""

    id: str = Field(sa_column=Column(Text, primary_key=True))
    attributes: dict[str, Any] = _json()
    stock: dict[str, int] = _json()
    told_at: dict[str, str] = _json()


class Source(SQLModel, table=True):
    """When each source of events was last heard."""

    name: str = Field(sa_column=Column(Text, primary_key=True))
    last_heard: datetime = _time()


class Template(SQLModel, table=True):
    """A compiled message, by the hash of its content."""

    hash: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = _text()
    compiled: dict[str, Any] = _json()


class Journey(SQLModel, table=True):
    """A published journey: its current version, whether it runs, and whether its file is gone (`ended`).

    An ended journey takes nobody in; those inside go on to their end.
    """

    name: str = Field(sa_column=Column(Text, primary_key=True))
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    paused: bool = Field(sa_column_kwargs={"server_default": text("false")})
    ended: bool = Field(sa_column_kwargs={"server_default": text("false")})


class JourneyVersion(SQLModel, table=True):
    """What was published, for good. `triggers` and `wakes_on` are event names that ingest looks for."""

    __tablename__ = "journey_version"
    __table_args__ = (Index("journey_version_once", "journey", "hash", unique=True),)
    id: int = _key()
    journey: str = _text()
    number: int
    hash: str = _text()
    document: dict[str, Any] = _json()
    wakes_on: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    published_at: datetime = _time()


class ConfigGeneration(SQLModel, table=True):
    """One row: the files as published last (never pinned ones too), and how often they changed."""

    __tablename__ = "config_generation"
    single: bool = Field(default=True, primary_key=True)
    generation: int
    project: dict[str, Any] = _json()


class Clock(SQLModel, table=True):
    """One row: the engine's clock where it is stepped; null where it is the machine's."""

    __tablename__ = "clock"
    single: bool = Field(default=True, primary_key=True)
    at: datetime | None = _time(null=True)


class Enrollment(SQLModel, table=True):
    """One customer in one journey. `step` null and status active is the end of the steps."""

    __table_args__ = (
        Index("enrollment_due", "journey", "due_at", "id", postgresql_where=LIVE_ENROLLMENT),
        Index("enrollment_of_customer", "customer_id", postgresql_where=LIVE_ENROLLMENT),
        Index("enrollment_live_once", "journey", "customer_id", "key", unique=True, postgresql_where=LIVE_ENROLLMENT),
        Index("enrollment_history", "customer_id", "journey"),
    )
    id: int = _key()
    uid: UUID = Field(sa_column_kwargs={"server_default": text("gen_random_uuid()")})
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = _text()
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    status: EnrollmentStatus = _enum(EnrollmentStatus, "enrollment_status")
    key: str = _text()
    sender: str = _text()
    purpose: str = _text()
    mode: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'live'")))
    direct: bool = Field(sa_column_kwargs={"server_default": text("false")})
    priority: int
    entry: dict[str, Any] = _json()
    entry_message_id: str = _text()
    entered_at: datetime = _time()
    last_trigger_at: datetime = _time()
    admitted_at: datetime | None = _time(null=True)
    due_at: datetime = _time()
    step: str | None = _text(null=True)
    step_since: datetime | None = _time(null=True)
    spoke_at: datetime | None = _time(null=True)
    reason: str | None = _text(null=True)
    left_by: str | None = _text(null=True)
    left_place: str | None = _text(null=True)
    left_at: datetime | None = _time(null=True)
    ended_at: datetime | None = _time(null=True)


class Message(SQLModel, table=True):
    """One attempt on one rung, and its life. `fence` grows with each claim: a late settle of an old claim is void."""

    __table_args__ = (
        Index("message_to_send", "journey", "channel", "not_before", "id", postgresql_where=text("status = 'queued'")),
        Index("message_leased", "lease_until", postgresql_where=text("status IN ('claimed', 'sending')")),
        Index("message_unknown", "channel", "sending_at", postgresql_where=text("status = 'unknown'")),
        Index("message_touches", "customer_id", "counts_on"),
        Index("message_of_enrollment", "enrollment_id"),
    )
    id: UUID = Field(primary_key=True)
    enrollment_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = _text()
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    step: str = _text()
    message: str = _text()
    channel: str = _text()
    topic: str | None = _text(null=True)
    purpose: str = _text()
    sender: str = _text()
    mode: str = _text()
    priority: int
    status: MessageStatus = _enum(MessageStatus, "message_status")
    reason: str | None = _text(null=True)
    detail: str | None = _text(null=True)
    attempt: int = Field(sa_column_kwargs={"server_default": text("0")})
    fence: int = Field(sa_column_kwargs={"server_default": text("0")})
    lease_until: datetime | None = _time(null=True)
    decided_at: datetime = _time()
    counts_on: date
    expires_at: datetime = _time()
    not_before: datetime = _time()
    patience: timedelta = Field(sa_column=Column(Interval, nullable=False))
    address: str | None = _text(null=True)
    provider: str | None = _text(null=True)
    reference: str | None = _text(null=True)
    cost: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 4), nullable=True))
    sending_at: datetime | None = _time(null=True)  # the engine's clock
    sending_machine_at: datetime | None = _time(null=True)  # the machine's, just before the commit
    sent_at: datetime | None = _time(null=True)
    delivered_at: datetime | None = _time(null=True)
    opened_at: datetime | None = _time(null=True)
    clicked_at: datetime | None = _time(null=True)


class Decision(SQLModel, table=True):
    """What was decided, why, and on which facts. Append-only; none for a wake-up that changed nothing."""

    __table_args__ = (Index("decision_of_enrollment", "enrollment_id", "id"),)
    id: int = _key()
    enrollment_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = _text()
    step: str | None = _text(null=True)
    kind: str = _text()
    reason: str | None = _text(null=True)
    facts: dict[str, Any] = _json()
    at: datetime = _time()


class CallTask(SQLModel, table=True):
    """A call that a person makes. Its id is the message's."""

    __tablename__ = "call_task"
    id: UUID = Field(primary_key=True)
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    journey: str = _text()
    team: str = _text()
    script: str = _text()
    phone: str = _text()
    due_by: datetime = _time()
    created_at: datetime = _time()
    done_at: datetime | None = _time(null=True)
    result: str | None = _text(null=True)


class Stop(SQLModel, table=True):
    """The emergency stop: while a row stands, nothing of its scope is sent. `scope` all has the name ''."""

    scope: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_column=Column(Text, primary_key=True))
    by: str = _text()
    at: datetime = _time()


class Fanout(SQLModel, table=True):
    """One thing that happened to a product, to be told to many. `after_customer` is how far it was expanded."""

    __table_args__ = (Index("fanout_open", "due_at", "id", postgresql_where=text("done_at IS NULL")),)
    id: int = _key()
    journey: str = _text()
    version_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    product_id: str = _text()
    message_id: str = _text()
    audience: int = Field(sa_column_kwargs={"server_default": text("0")})
    after_customer: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    occurred_at: datetime = _time()
    due_at: datetime = _time()
    done_at: datetime | None = _time(null=True)
