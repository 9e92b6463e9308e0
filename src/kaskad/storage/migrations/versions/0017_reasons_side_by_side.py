"""An address can be closed for several reasons: what lifts one leaves the others.

Revision ID: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Exchanges the key of one small table: it has a row for each address that is closed, and no other index."""
    op.execute("CREATE UNIQUE INDEX suppression_reasons ON suppression (channel, address, journey, reason)")
    op.execute(
        "ALTER TABLE suppression DROP CONSTRAINT suppression_pkey,"
        " ADD CONSTRAINT suppression_pkey PRIMARY KEY USING INDEX suppression_reasons"
    )
