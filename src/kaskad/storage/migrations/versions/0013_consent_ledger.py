"""What a ledger of consents has to say besides: for which sender, from which address, until when, and how.

Revision ID: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Adds columns that may be empty (no row is rewritten), and the addresses that were confirmed."""
    op.add_column("consent", sa.Column("sender", sa.Text(), nullable=True))
    op.add_column("consent", sa.Column("ip", sa.Text(), nullable=True))
    op.add_column("consent", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("consent", sa.Column("how", sa.Text(), nullable=True))
    op.create_table(
        "confirmed_address",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "channel", "address"),
    )
