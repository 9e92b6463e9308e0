"""Which customers are one person.

Revision ID: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"

# Who stands for a customer now: whoever was merged is followed to the end of the chain.
STANDING = """
CREATE OR REPLACE FUNCTION standing_customer(who bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  next bigint;
BEGIN
  LOOP
    SELECT c.merged_into INTO next FROM customer c WHERE c.id = who;
    EXIT WHEN next IS NULL;
    who := next;
  END LOOP;
  RETURN who;
END $$"""


def upgrade() -> None:
    """Adds a column without a value: a customer without members is a person alone."""
    op.execute(STANDING)
    op.execute("ALTER TABLE customer ADD COLUMN IF NOT EXISTS members bigint[]")
