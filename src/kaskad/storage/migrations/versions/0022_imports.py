"""Imports: each run with its progress, the rows that are known for good, and entrances that let nobody in afterwards.

Revision ID: 0022
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Adds two tables, and a column without a value: nothing stored is touched."""
    op.execute(
        """CREATE TABLE IF NOT EXISTS import_run (
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, source text NOT NULL,
             files jsonb NOT NULL, map_digest text NOT NULL, let_in boolean NOT NULL, state text NOT NULL,
             fence bigint NOT NULL DEFAULT 1, progress jsonb NOT NULL DEFAULT '{}'::jsonb,
             counts jsonb NOT NULL DEFAULT '{}'::jsonb, began_at timestamptz NOT NULL, heard_at timestamptz NOT NULL,
             ended_at timestamptz)"""
    )
    op.execute("CREATE INDEX IF NOT EXISTS import_run_open ON import_run (id) WHERE ended_at IS NULL")
    op.execute("CREATE TABLE IF NOT EXISTS imported_row (digest uuid PRIMARY KEY, import_id bigint NOT NULL)")
    op.execute("ALTER TABLE entrance_look ADD COLUMN IF NOT EXISTS imported_at timestamptz")
