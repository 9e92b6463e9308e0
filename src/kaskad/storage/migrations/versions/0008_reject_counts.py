"""How many events of each source are rejected, day by day: what its owner is told.

Revision ID: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# What is kept of each is kept once, so this counts different events only: a few less than came.
COUNTED = """
INSERT INTO reject_count (source, code, day, count, first_at, last_at)
SELECT source, code, (arrived_at AT TIME ZONE 'UTC')::date, count(*), min(arrived_at), max(arrived_at)
  FROM rejected_event GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    """Adds the table, with what is known of the days before."""
    op.create_table(
        "reject_count",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "code", "day"),
    )
    op.execute(COUNTED)
