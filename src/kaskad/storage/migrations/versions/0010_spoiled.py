"""Which properties of an event could not be read.

Revision ID: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Adds the column to the table and its months; no row is written anew. Earlier events have none."""
    op.add_column("event", sa.Column("spoiled", ARRAY(sa.Text()), nullable=True))
