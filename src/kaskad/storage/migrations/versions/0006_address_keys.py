"""What addresses are compared by, beside each address.

Revision ID: 0006
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import sqlalchemy as sa
from alembic import op
from psycopg.rows import TupleRow

from kaskad.domain.addresses.address_key import address_key

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
# What runs still in the version before knows no keys: a new address must not stay under the key of the old one.
WATCH = """
CREATE OR REPLACE FUNCTION forget_address_key() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.address_key := NULL; RETURN NEW; END $$;
DROP TRIGGER IF EXISTS forget_address_key ON contact;
CREATE TRIGGER forget_address_key BEFORE UPDATE ON contact FOR EACH ROW
  WHEN (NEW.address <> OLD.address AND NEW.address_key IS NOT DISTINCT FROM OLD.address_key)
  EXECUTE FUNCTION forget_address_key()"""


def upgrade() -> None:
    """Adds the keys, batch by batch, before anybody reads them; what was done stays done if it ends halfway.

    Until then a contact has none: it is not written to. So it is for good with a number that is no person's. What is
    written meanwhile gets its key at the end, when nobody writes.
    """
    op.execute("ALTER TABLE contact ADD COLUMN IF NOT EXISTS address_key text")
    op.execute(WATCH)
    with op.get_context().autocommit_block():
        raw = _raw()
        last = 0
        while last := _fill(raw, last):
            pass
    op.execute("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE")  # receipts write contacts first: nobody waits in a circle
    op.execute("LOCK TABLE suppression IN SHARE ROW EXCLUSIVE MODE")
    op.execute("DELETE FROM contact WHERE customer_id = 0")  # nobody's: whoever complained namelessly closed them
    _give_keys(_raw(), _next(_raw(), 0, None))
    _write_anew(op.get_bind())
    op.execute("DROP TRIGGER forget_address_key ON contact")
    op.execute("DROP FUNCTION forget_address_key()")
    op.execute("DROP FUNCTION IF EXISTS address_key(text, text)")


def _raw() -> Raw:
    raw = op.get_bind().connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def _fill(raw: Raw, after: int) -> int:
    """Fills in the contacts of the next customers; returns the last of these, 0 where there was none."""
    with raw.transaction():
        customers = _next(raw, after, BATCH)
        raw.execute(LOCK, (customers,))
        _give_keys(raw, customers)
    return customers[-1] if customers else 0


def _next(raw: Raw, after: int, most: int | None) -> list[int]:
    """The customers with a contact that has no key, in order: `most` of them, or all."""
    return [row[0] for row in raw.execute(NEXT, (after, most)).fetchall()]


def _give_keys(raw: Raw, customers: Sequence[int]) -> None:
    found = raw.execute(THEIRS, (list(customers),)).fetchall()
    keyed = [
        (customer, channel, key)
        for customer, channel, address in found
        if (key := address_key(channel, address)) is not None  # what is nobody's stays without one
    ]
    if keyed:
        raw.execute(KEEP, [list(column) for column in zip(*keyed, strict=True)])


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
