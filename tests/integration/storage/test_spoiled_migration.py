"""What could not be read in an event comes to a store that has events already."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

EVENTS = """
INSERT INTO customer (id, created_at) OVERRIDING SYSTEM VALUE VALUES (1, '2027-03-01 UTC');
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
SELECT 'm' || i, 1, 'order_completed', 'site', '2027-03-01 UTC'::timestamptz - i * interval '20 days',
       '2027-03-01 UTC', '{"total": "1 500,50"}' FROM generate_series(0, 5) AS i"""
FILES = "SELECT relname, pg_relation_filenode(oid) AS file FROM pg_class WHERE relname LIKE 'event%' ORDER BY relname"


def test_events_stay_as_they_are_and_have_nothing_spoiled(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0009") as url:
        run(url, EVENTS)
        before = rows(url, FILES)
        migrate.upgrade(url, to="0010")
        assert rows(url, FILES) == before, "no row is written anew"
        left = "SELECT DISTINCT properties, spoiled FROM event"
        assert rows(url, left) == [{"properties": {"total": "1 500,50"}, "spoiled": None}]
        run(url, "UPDATE event SET spoiled = '{total}' WHERE message_id = 'm0'")
        assert len(rows(url, "SELECT FROM event WHERE 'total' = ANY(spoiled)")) == 1
