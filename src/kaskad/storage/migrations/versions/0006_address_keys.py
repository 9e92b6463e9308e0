"""What addresses are compared by, beside each address.

Revision ID: 0006
"""

from __future__ import annotations

import psycopg
import sqlalchemy as sa
from alembic import op
from psycopg.rows import TupleRow

from kaskad.domain.contact import address_key

revision = "0006"
down_revision = "0005"

Raw = psycopg.Connection[TupleRow]
BATCH = 1000  # customers: so long they are locked together
NEXT = """SELECT DISTINCT customer_id FROM contact WHERE customer_id > %s AND address_key IS NULL AND address <> ''
           ORDER BY customer_id LIMIT %s"""
LOCK = "SELECT id FROM customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
THEIRS = "SELECT customer_id, channel, address FROM contact WHERE customer_id = ANY(%s) AND address_key IS NULL"
KEEP = """UPDATE contact k SET address_key = r.key
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS r(customer_id, channel, key)
           WHERE k.customer_id = r.customer_id AND k.channel = r.channel"""


def upgrade() -> None:
    """Adds the keys, batch by batch, before anybody reads them; what was done stays done if it ends halfway.

    Until then a contact has none: it is not written to. So it is for good with a number that is no person's.
    """
    op.execute("ALTER TABLE contact ADD COLUMN IF NOT EXISTS address_key text")
    with op.get_context().autocommit_block():
        raw = op.get_bind().connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        last = 0
        while last := _fill(raw, last):
            pass
    op.execute("DELETE FROM contact WHERE customer_id = 0")  # nobody's: whoever complained namelessly closed them
    _write_anew(op.get_bind())
    op.execute("DROP FUNCTION IF EXISTS address_key(text, text)")


def _fill(raw: Raw, after: int) -> int:
    """Fills in the contacts of the next customers; returns the last of these, 0 where there was none."""
    with raw.transaction():
        customers = [row[0] for row in raw.execute(NEXT, (after, BATCH)).fetchall()]
        raw.execute(LOCK, (customers,))
        found = raw.execute(THEIRS, (customers,)).fetchall()
        keyed = [(customer, channel, address_key(channel, address)) for customer, channel, address in found]
        if keyed:
            raw.execute(KEEP, [list(column) for column in zip(*keyed, strict=True)])
    return customers[-1] if customers else 0


def _write_anew(connection: sa.Connection) -> None:
    """The refused addresses under their keys of today; of two that are one now, the first word stays."""
    rows = connection.execute(sa.text("SELECT * FROM suppression ORDER BY at, reason, source")).mappings().all()
    for row in rows:
        key = address_key(row["channel"], row["address"]) or row["address"]
        if key == row["address"]:
            continue
        connection.execute(
            sa.text("DELETE FROM suppression WHERE channel = :channel AND address = :address AND journey = :journey"),
            dict(row),
        )
        connection.execute(
            sa.text(
                "INSERT INTO suppression AS s (channel, address, journey, reason, source, at)"
                " VALUES (:channel, :key, :journey, :reason, :source, :at) ON CONFLICT (channel, address, journey)"
                " DO UPDATE SET reason = excluded.reason, source = excluded.source, at = excluded.at"
                " WHERE excluded.at < s.at"
            ),
            {**row, "key": key},
        )
