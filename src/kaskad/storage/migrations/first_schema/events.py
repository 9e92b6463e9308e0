"""The ledger: what happened, and from whom it was heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

PARTS = 8  # of `event_seen`: each index is an eighth as deep, and vacuumed by itself


def create() -> None:
    """Creates them."""
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("properties", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("id", "occurred_at"),
        postgresql_partition_by="RANGE (occurred_at)",
    )
    op.create_index(
        "event_of_customer", "event", ["customer_id", "name", sa.literal_column("occurred_at DESC")], unique=False
    )
    op.create_index(
        "event_of_product",
        "event",
        [sa.literal_column("(properties ->> 'product_id')"), "name", "customer_id"],
        unique=False,
        postgresql_where=sa.text(
            "name IN ('product_viewed', 'product_subscribed', 'product_liked', 'product_unliked')"
        ),
    )
    op.execute("CREATE TABLE event_default PARTITION OF event DEFAULT")
    op.create_table(
        "event_seen",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "message_id"),
        postgresql_partition_by="HASH (source, message_id)",
    )
    for part in range(PARTS):
        share = f"MODULUS {PARTS}, REMAINDER {part}"
        op.execute(f"CREATE TABLE event_seen_{part} PARTITION OF event_seen FOR VALUES WITH ({share})")
    op.create_index("event_seen_age", "event_seen", ["seen_at"], unique=False)
    op.create_table(
        "source",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_heard", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
