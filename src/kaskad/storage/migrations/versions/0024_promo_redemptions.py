"""Codes as people type them, and where each was redeemed.

Revision ID: 0024
"""

from __future__ import annotations

import psycopg
import sqlalchemy as sa
from alembic import op
from psycopg.rows import TupleRow

from kaskad.domain.promo_code import code_key

revision = "0024"
down_revision = "0022"

Raw = psycopg.Connection[TupleRow]
BATCH = 1000  # codes: so long they are locked together
INDEX = "promo_code_key"
NEXT = """SELECT promo, code FROM promo_code WHERE (promo, code) > (%s, %s) ORDER BY promo, code LIMIT %s"""
KEEP = """UPDATE promo_code c SET key = r.key FROM unnest(%s::text[], %s::text[], %s::text[]) AS r(promo, code, key)
           WHERE c.promo = r.promo AND c.code = r.code AND c.key IS NULL"""
VALID = f"SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('{INDEX}') AND indisvalid"


def upgrade() -> None:
    """Fills the keys in batches while everybody goes on; what comes meanwhile gets its own when it is published."""
    op.execute("ALTER TABLE promo_code ADD COLUMN IF NOT EXISTS key text")
    op.create_table(
        "promo_redemption",
        sa.Column("promo", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("promo", "code"),
        if_not_exists=True,
    )
    with op.get_context().autocommit_block():
        raw = op.get_bind().connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        last: tuple[str, str] | None = ("", "")
        while last:
            last = _fill(raw, last)
        if not op.get_bind().exec_driver_sql(VALID).fetchall():  # one that was left half-built is built again
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
            op.execute(f"CREATE INDEX CONCURRENTLY {INDEX} ON promo_code (key)")


def _fill(raw: Raw, after: tuple[str, str]) -> tuple[str, str] | None:
    """Fills in the keys of the next codes; returns the last of these, None where there was none."""
    with raw.transaction():
        found = raw.execute(NEXT, (*after, BATCH)).fetchall()
        if not found:
            return None
        promos, codes = [row[0] for row in found], [row[1] for row in found]
        raw.execute(KEEP, (promos, codes, [code_key(code) for code in codes]))
    return promos[-1], codes[-1]
