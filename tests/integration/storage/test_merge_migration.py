"""Merges in a database that a stack already has: nothing stored is changed, and the version before can go on."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

BEFORE = """
INSERT INTO customer (id, created_at) OVERRIDING SYSTEM VALUE SELECT n, '2027-02-20 UTC' FROM generate_series(7, 9) n;
UPDATE customer SET merged_into = 8, members = NULL WHERE id = 7;
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
SELECT 'm' || n, 7, 'app_opened', 'site', '2027-02-20 UTC', '2027-02-20 UTC', '{}' FROM generate_series(1, 3) n;
INSERT INTO consent (customer_id, purpose, granted, source, message_id, at)
VALUES (7, 'marketing', true, 'site', 'm1', '2027-02-20 UTC')"""
MOVED = "SELECT customer_id, origin FROM {} WHERE customer_id = 7"


def test_what_was_stored_before_has_never_moved(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0025") as url:
        run(url, BEFORE)
        files = rows(
            url, "SELECT pg_relation_filenode('consent') AS consent, pg_relation_filenode('customer') AS customer"
        )
        migrate.upgrade(url, to="0026")
        assert (
            rows(url, "SELECT pg_relation_filenode('consent') AS consent, pg_relation_filenode('customer') AS customer")
            == files
        ), "no table is rewritten"
        assert rows(url, MOVED.format("event")) == [{"customer_id": 7, "origin": None}] * 3
        assert rows(url, MOVED.format("consent")) == [{"customer_id": 7, "origin": None}]
        assert rows(url, "SELECT standing_customer(n) AS who FROM generate_series(7, 9) n ORDER BY 1") == [
            {"who": 8},
            {"who": 8},
            {"who": 9},
        ]


def test_the_version_before_writes_as_ever(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0026") as url:
        run(url, BEFORE)
        assert rows(url, MOVED.format("event")) == [{"customer_id": 7, "origin": None}] * 3
