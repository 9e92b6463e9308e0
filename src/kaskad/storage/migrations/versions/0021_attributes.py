"""Attributes as rows.

Revision ID: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0019"

BYTES = sa.Text(collation="C")  # compared as Python does, whatever the database speaks
# A profile that changes without its version was written by a process of the version before, which writes no rows.
# Processes of this version count the version up. To be dropped when no process of the version before can run any more.
WATCH = """
CREATE OR REPLACE FUNCTION forget_profile_version() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.profile_version := NULL; RETURN NEW; END $$;
DROP TRIGGER IF EXISTS forget_profile_version ON customer;
CREATE TRIGGER forget_profile_version BEFORE UPDATE OF attributes ON customer FOR EACH ROW
  WHEN (NEW.profile_version IS NOT DISTINCT FROM OLD.profile_version)
  EXECUTE FUNCTION forget_profile_version()"""


def upgrade() -> None:
    """Adds an empty table, and a column without a value: nothing that exists is read or rewritten.

    A customer's rows are written when something is told of the customer first. Only those who come from now on have a
    version, so the default is set apart: with the column it would be the value of everybody.
    """
    op.create_table(
        "attribute",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("name", BYTES, nullable=False),
        sa.Column("value", JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", BYTES, nullable=False),
        sa.Column("source", BYTES, nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "name"),
    )
    op.execute("ALTER TABLE attribute SET (fillfactor = 80)")
    op.execute("ALTER TABLE customer ADD COLUMN IF NOT EXISTS profile_version bigint")
    op.execute("ALTER TABLE customer ALTER COLUMN profile_version SET DEFAULT 0")
    op.execute(WATCH)
