"""Addresses get rows of their own, beside the contacts and the refusals that a stack already has."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

BEFORE = """
INSERT INTO customer (id, created_at) OVERRIDING SYSTEM VALUE VALUES (1, '2027-03-01 UTC');
INSERT INTO contact (customer_id, channel, address, address_key, updated_at)
VALUES (1, 'email', 'Anna@Customer.example', 'anna@customer.example', '2027-03-01 UTC');
INSERT INTO suppression (channel, address, journey, reason, source, at)
VALUES ('email', 'anna@customer.example', '', 'complained', 'x', '2027-03-01 UTC')"""


def test_what_is_there_stays_as_it_is_and_is_not_locked_for_long(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0014") as url:
        run(url, BEFORE)
        with psycopg.connect(url) as reader:  # somebody reads and writes meanwhile
            reader.execute("SELECT * FROM contact JOIN suppression USING (channel)").fetchall()
            reader.execute("UPDATE contact SET state = 'dead'")
            migrate.upgrade(url, to="0015")
        assert rows(url, "SELECT address, address_key, state FROM contact") == [
            {"address": "Anna@Customer.example", "address_key": "anna@customer.example", "state": "dead"}
        ]
        assert rows(url, "SELECT address FROM suppression") == [{"address": "anna@customer.example"}]
        for table in ("address", "address_touch", "suppression_key"):
            assert rows(url, f"SELECT * FROM {table}") == []
