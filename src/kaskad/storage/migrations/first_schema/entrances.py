"""Entrances at which nothing happens: who is in a segment, and when to look who enters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    """Creates them."""
    op.create_table(
        "entrance_look",
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_customer", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("journey"),
    )
    op.create_table(
        "segment_member",
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("journey", "customer_id"),
    )
