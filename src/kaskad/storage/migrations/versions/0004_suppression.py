"""Addresses that get no more, and messages that somebody said no to.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Two ways to write one mailbox or one number are the same address. What is neither (a token, a messenger's id) is as it
# stands. A number is its digits: with or without plus, brackets and spaces it rings at the same place.
ADDRESS_KEY = r"""CREATE FUNCTION address_key(channel text, address text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN channel = 'email' THEN lower(regexp_replace(address, '^\s+|\s+$', '', 'g'))
                   WHEN channel IN ('sms', 'viber', 'call') AND address ~ '^[-+0-9().\s]*[0-9][-+0-9().\s]*$'
                        THEN regexp_replace(address, '[^0-9]', '', 'g')
                   ELSE address END $$"""


def upgrade() -> None:
    """Adds the table, the key that addresses are compared by, and a column that is empty: nothing is rewritten."""
    op.execute(ADDRESS_KEY)
    op.create_table(
        "suppression",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", "journey"),
    )
    op.add_column("message", sa.Column("stopped", sa.Text(), nullable=True))
