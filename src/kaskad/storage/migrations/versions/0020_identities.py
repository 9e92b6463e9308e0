"""Who said whose an identity is, and since when; what was not believed.

Revision ID: 0020
"""

from __future__ import annotations

from typing import Any

import psycopg
from alembic import op
from psycopg.rows import TupleRow

from kaskad.domain.addresses.address_key import address_key, parse_address
from kaskad.domain.addresses.phone import region_of_zone

revision = "0020"
down_revision = "0019"

Raw = psycopg.Connection[TupleRow]
BATCH = 1000
COLUMNS = """ALTER TABLE identity ADD COLUMN IF NOT EXISTS source text,
                                  ADD COLUMN IF NOT EXISTS since timestamptz"""
CONFLICTS = """
CREATE TABLE IF NOT EXISTS identity_conflict (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  by_kind text NOT NULL, by_value text NOT NULL, kind text NOT NULL, value text NOT NULL, reason text NOT NULL,
  customer_id bigint NOT NULL, other_id bigint,
  source text NOT NULL, message_id text NOT NULL, at timestamptz NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS identity_conflict_once
  ON identity_conflict (by_kind, by_value, kind, value, reason);
CREATE INDEX IF NOT EXISTS identity_conflict_at ON identity_conflict (at);
CREATE INDEX IF NOT EXISTS ix_identity_conflict_customer_id ON identity_conflict (customer_id);
CREATE INDEX IF NOT EXISTS ix_identity_conflict_other_id ON identity_conflict (other_id)"""
SHOP = "SELECT project->'shop'->>'region', project->'shop'->>'time_zone' FROM config_generation LIMIT 1"
NEXT = """SELECT kind, value FROM identity WHERE kind IN ('email', 'phone') AND (kind, value) > (%s, %s)
           ORDER BY kind, value LIMIT %s"""
# Where the other spelling is somebody's already, both stay as they are.
WRITE = """UPDATE identity i SET value = n.key
             FROM unnest(%s::text[], %s::text[], %s::text[]) AS n(kind, value, key)
            WHERE i.kind = n.kind AND i.value = n.value
              AND NOT EXISTS (SELECT FROM identity o WHERE o.kind = n.kind AND o.value = n.key)"""


def upgrade() -> None:
    """Adds columns without values, and a table. Mailboxes and numbers that are ids become what they are compared by."""
    op.execute(COLUMNS)
    op.execute(CONFLICTS)
    with op.get_context().autocommit_block():
        raw = op.get_bind().connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        region = _region(raw.execute(SHOP).fetchone())
        last: tuple[str, str] | None = ("", "")
        while last:
            last = _rewrite(raw, last, region)


def _region(shop: tuple[Any, ...] | None) -> str | None:
    """The country of the shop, whose numbers need no plus."""
    region, zone = shop or (None, None)
    return region or (region_of_zone(zone) if zone else None)


def _rewrite(raw: Raw, after: tuple[str, str], region: str | None) -> tuple[str, str] | None:
    """Rewrites the next identities; returns the last of them, None where there was none."""
    found = raw.execute(NEXT, (*after, BATCH)).fetchall()
    keys: dict[tuple[str, str], str] = {}
    for kind, value in found:
        if (key := _key(kind, value, region)) and key != value:
            keys.setdefault((kind, key), value)  # of two spellings the first
    raw.execute(WRITE, ([kind for kind, _ in keys], list(keys.values()), [key for _, key in keys]))
    return (found[-1][0], found[-1][1]) if found else None


def _key(kind: str, value: str, region: str | None) -> str | None:
    channel = "email" if kind == "email" else "sms"
    address = parse_address(channel, value, region)
    return address_key(channel, address) if address else None
