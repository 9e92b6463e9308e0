"""What offers are made of: codes that are given once, and what was bought together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    """Creates them."""
    op.create_table(
        "promo_code",
        sa.Column("promo", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("promo", "code"),
    )
    op.create_index(
        "promo_code_left", "promo_code", ["promo", "code"], postgresql_where=sa.text("enrollment_id IS NULL")
    )
    op.create_index("promo_code_once", "promo_code", ["enrollment_id", "promo"], unique=True)
    op.create_table(
        "bought_together",
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "other_id"),
    )
