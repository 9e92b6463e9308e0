"""The providers as all workers see them together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    """Creates them."""
    op.create_table(
        "carrier",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_free", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        prefixes=["UNLOGGED"],
    )
