"""Identities of the version before: they stay whose they are, under the keys by which they are found now."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

BEFORE = """
INSERT INTO customer (id, created_at) OVERRIDING SYSTEM VALUE
SELECT i, '2027-03-01 UTC' FROM generate_series(1, 6) AS i;
UPDATE config_generation SET project = '{"shop": {"time_zone": "Europe/Moscow"}}';
INSERT INTO identity (kind, value, customer_id) VALUES
  ('user_id', 'Anna', 1), ('email', ' Anna@Customer.EXAMPLE', 1), ('phone', '8 (916) 000-00-05', 2),
  ('phone', '112', 3), ('crm', 'A', 6),
  ('email', 'boris@customer.example', 4), ('email', 'BORIS@customer.example', 5)"""
AFTER = {
    ("user_id", "Anna", 1),
    ("email", "anna@customer.example", 1),
    ("phone", "79160000005", 2),
    ("phone", "112", 3),  # nobody's number: nothing finds it any more
    ("email", "boris@customer.example", 4),
    ("email", "BORIS@customer.example", 5),
    ("crm", "A", 6),
}


def test_identities_keep_their_customers_and_get_their_keys(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0019") as url:
        run(url, BEFORE)
        file = rows(url, "SELECT pg_relation_filenode('identity') AS file")
        migrate.upgrade(url, to="0020")
        found = rows(url, "SELECT kind, value, customer_id, source, since FROM identity")
        assert {(row["kind"], row["value"], row["customer_id"]) for row in found} == AFTER
        assert {(row["source"], row["since"]) for row in found} == {(None, None)}
        assert rows(url, "SELECT pg_relation_filenode('identity') AS file") == file, "no row is written anew"
        assert rows(url, "SELECT id FROM identity_conflict") == []
