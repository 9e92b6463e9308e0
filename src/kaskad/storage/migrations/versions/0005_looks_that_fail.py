"""A look at an entrance that failed: how often, and why.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds both columns; no row is written anew."""
    op.add_column("entrance_look", sa.Column("faults", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("entrance_look", sa.Column("fault", sa.Text(), nullable=True))
