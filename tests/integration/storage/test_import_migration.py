"""Imports come to a store that has events and entrances already."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

BEFORE = """
INSERT INTO customer (id, created_at) OVERRIDING SYSTEM VALUE VALUES (1, '2027-03-01 UTC');
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
VALUES ('m', 1, 'order_completed', 'site', '2027-03-01 UTC', '2027-03-01 UTC', '{}');
INSERT INTO entrance_look (journey, since, due_at, after_customer)
VALUES ('win_back', '2027-03-01 UTC', '2027-03-02 UTC', 7)"""
FILES = """SELECT relname, pg_relation_filenode(oid) AS file FROM pg_class
            WHERE relname LIKE 'event%' OR relname = 'entrance_look' ORDER BY relname"""


def test_what_is_there_stays_as_it_is(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0021") as url:
        run(url, BEFORE)
        before = rows(url, FILES)
        migrate.upgrade(url, to="0022")
        assert rows(url, FILES) == before, "no row is written anew"
        looks = rows(url, "SELECT journey, after_customer, imported_at FROM entrance_look")
        assert looks == [{"journey": "win_back", "after_customer": 7, "imported_at": None}]
        assert rows(url, "SELECT id FROM import_run UNION ALL SELECT import_id FROM imported_row") == []
        run(url, "INSERT INTO imported_row VALUES ('00000000-0000-0000-0000-000000000001', 1)")
