"""Addresses as they are sent to, the keys of numbers without their country, and devices.

Revision ID: 0012
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import op
from psycopg.rows import TupleRow

from kaskad.domain.addresses.address_key import address_key, address_keys, parse_address
from kaskad.domain.addresses.phone import region_of_zone

revision = "0012"
down_revision = "0011"

Raw = psycopg.Connection[TupleRow]
BATCH = 1000  # customers: so long they are locked together
ZONE = """SELECT coalesce(project -> 'shop' ->> 'time_zone', 'Europe/Moscow') FROM config_generation
           WHERE project <> '{}' LIMIT 1"""  # it has one row
# what may have to be written anew; a few stay among them for good: nobody can say what number they are
ODD = """(channel IN ('sms', 'call', 'viber') AND address !~ '^[+][1-9][0-9]+$' AND address <> ''
          OR channel = 'webpush' AND left(address_key, 1) = '{'
          OR channel = 'email' AND address ~ '[^!-~]|@.*([A-Z]|[.]$)|^[A-Za-z]*:')"""
NEXT = f"SELECT DISTINCT customer_id FROM contact WHERE customer_id > %s AND {ODD} ORDER BY customer_id LIMIT %s"
LOCK = "SELECT id FROM customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
THEIRS = f"SELECT customer_id, channel, address, address_key FROM contact WHERE customer_id = ANY(%s) AND {ODD}"
WRITE = """UPDATE contact k SET address = r.address, address_key = r.key
             FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS r(customer_id, channel, address, key)
            WHERE k.customer_id = r.customer_id AND k.channel = r.channel"""
# Receipts are compared by the address that a message went to: those under another key now must find their contact.
SENT = """UPDATE message m SET address = r.address
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS r(customer_id, channel, address, was)
           WHERE m.customer_id = r.customer_id AND m.channel = r.channel AND m.address = r.was"""
# Who has an address that said no gets the no with it, as when a contact is written.
CONSENTS = """
INSERT INTO consent (customer_id, purpose, channel, topic, granted, source, message_id, at)
SELECT DISTINCT k.customer_id, a.purpose, nullif(a.channel, ''), nullif(a.topic, ''), false, a.source, a.message_id,
       a.at
  FROM unnest(%s::text[], %s::text[]) AS w(channel, key)
  JOIN refused_address a ON a.reached_by = w.channel AND a.address = w.key
  JOIN contact k ON k.channel = w.channel AND k.address_key = w.key AND k.state <> 'removed'
 WHERE NOT EXISTS (
   SELECT FROM consent c
    WHERE c.customer_id = k.customer_id AND c.purpose = a.purpose AND NOT c.granted AND c.at >= a.at
      AND c.channel IS NOT DISTINCT FROM nullif(a.channel, '') AND c.topic IS NOT DISTINCT FROM nullif(a.topic, ''))"""
# The refusals of an address that is another one now, under its other key too: nobody can say which of them was meant.
REFUSED = {
    "suppression": """
INSERT INTO suppression AS s (channel, address, journey, reason, source, at)
SELECT DISTINCT ON (o.channel, w.key, o.journey) o.channel, w.key, o.journey, o.reason, o.source, o.at
  FROM unnest(%s::text[], %s::text[], %s::text[]) AS w(channel, was, key)
  JOIN suppression o ON o.channel = w.channel AND o.address = w.was
 ORDER BY o.channel, w.key, o.journey, o.at, o.source
    ON CONFLICT (channel, address, journey) DO NOTHING""",
    "refused_address": """
INSERT INTO refused_address AS a (reached_by, address, purpose, channel, topic, source, message_id, at)
SELECT DISTINCT ON (o.reached_by, w.key, o.purpose, o.channel, o.topic)
       o.reached_by, w.key, o.purpose, o.channel, o.topic, o.source, o.message_id, o.at
  FROM unnest(%s::text[], %s::text[], %s::text[]) AS w(channel, was, key)
  JOIN refused_address o ON o.reached_by = w.channel AND o.address = w.was
 ORDER BY o.reached_by, w.key, o.purpose, o.channel, o.topic, o.at DESC, o.message_id
    ON CONFLICT (reached_by, address, purpose, channel, topic)
    DO UPDATE SET at = excluded.at, source = excluded.source, message_id = excluded.message_id
            WHERE a.at < excluded.at""",
}
REFUSALS = """SELECT DISTINCT channel, address FROM suppression WHERE channel IN ('sms', 'call', 'viber', 'webpush')
               UNION SELECT DISTINCT reached_by, address FROM refused_address
                WHERE reached_by IN ('sms', 'call', 'viber') ORDER BY 1, 2"""


def upgrade() -> None:
    """Writes addresses anew, batch by batch, and adds the devices; what was done stays done if it ends halfway.

    An address that is none by the rules of today stays as it was, under its key: it was written to until now. What is
    written meanwhile by the version before is done at the end, when nobody writes.
    """
    with op.get_context().autocommit_block():
        raw = _raw()
        region = _region(raw)
        done: set[tuple[str, str]] = set()
        with raw.transaction():
            _widen_refusals(raw, region, done)
        last = 0
        while last := _write_batch(raw, last, region):
            pass
    op.execute("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE")  # receipts write contacts first: nobody waits in a circle
    op.execute("LOCK TABLE suppression, refused_address IN SHARE ROW EXCLUSIVE MODE")
    _widen_refusals(_raw(), region, done)
    _write_anew(_raw(), _next(_raw(), 0, None), region, sent=False)
    _add_devices()


def _add_devices() -> None:
    op.create_table(
        "device",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "channel", "address_key"),
    )
    op.create_index("device_of_address", "device", ["channel", "address_key"])


def _raw() -> Raw:
    raw = op.get_bind().connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def _region(raw: Raw) -> str | None:
    """The shop's country; where nothing is published, numbers are international."""
    row = raw.execute(ZONE).fetchone()
    return region_of_zone(row[0]) if row else None


def _widen_refusals(raw: Raw, region: str | None, done: set[tuple[str, str]]) -> None:
    """Adds each refusal that is not done under every key that its number can mean now, for whoever has it."""
    found = [row for row in raw.execute(REFUSALS).fetchall() if row not in done]
    done.update(found)
    added = [
        (channel, was, key) for channel, was in found for key in sorted(address_keys(channel, was, region) - {was})
    ]
    if added:
        for statement in REFUSED.values():
            raw.execute(statement, _columns(added))
        raw.execute(CONSENTS, _columns((channel, key) for channel, _, key in added))


def _write_batch(raw: Raw, after: int, region: str | None) -> int:
    """Writes the contacts of the next customers; returns the last of these, 0 if there was none."""
    with raw.transaction():
        customers = _next(raw, after, BATCH)
        raw.execute(LOCK, (customers,))
        _write_anew(raw, customers, region, sent=True)
    return customers[-1] if customers else 0


def _next(raw: Raw, after: int, most: int | None) -> list[int]:
    """The customers with a contact that may have to be written anew, in order: `most` of them, or all."""
    return [row[0] for row in raw.execute(NEXT, (after, most)).fetchall()]


def _write_anew(raw: Raw, customers: Sequence[int], region: str | None, *, sent: bool) -> None:
    written, moved = [], []
    for customer, channel, was, had in raw.execute(THEIRS, (list(customers),)).fetchall():
        address = parse_address(channel, was, region)
        key = address and address_key(channel, address)
        if address is None or (address, key) == (was, had):
            continue
        written.append((customer, channel, address, key))
        if key != had:
            moved.append((customer, channel, address, was, key))
    if written:
        raw.execute(WRITE, _columns(written))
    if moved:
        raw.execute(CONSENTS, _columns((channel, key) for _, channel, _, _, key in moved))
    moved = [row for row in moved if row[2] != row[3]]
    if moved and sent:
        raw.execute(SENT, _columns(row[:-1] for row in moved))


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
