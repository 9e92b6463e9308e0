"""Which customers are one person.

Revision ID: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Adds a column without a value: a customer without members is a person alone."""
    op.execute("ALTER TABLE customer ADD COLUMN IF NOT EXISTS members bigint[]")
