"""Customers who were forgotten by an earlier version are as little found by an address as those of now."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

BEFORE = """
INSERT INTO customer (id, created_at, forgotten_at) OVERRIDING SYSTEM VALUE
VALUES (7, '2027-03-01 UTC', '2027-03-02 UTC'), (8, '2027-03-01 UTC', NULL);
INSERT INTO refused_address (reached_by, address, purpose, channel, topic, source, message_id, at) VALUES
 ('email', '#a', 'marketing', '', '', 'forget', 'forget-7', '2027-03-02 UTC'),
 ('email', '#b', 'marketing', '', '', 'site', 'm1', '2027-03-02 UTC');
INSERT INTO consent (customer_id, purpose, granted, source, message_id, at) VALUES
 (8, 'marketing', false, 'forget', 'forget-7', '2027-03-02 UTC'), (8, 'ads', false, 'site', 'm1', '2027-03-02 UTC');
INSERT INTO address_touch (channel, hash, message_id, entered_on, customer_id, journey, step, purpose, at)
SELECT 'email', '#a', md5(i::text)::uuid, '2027-03-01', i, 'j', 's', 'marketing', '2027-03-01 UTC'
  FROM generate_series(7, 8) AS i"""


def test_nothing_leads_back_to_who_was_forgotten_before(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0015") as url:
        run(url, BEFORE)
        with psycopg.connect(url) as writer:  # somebody writes others' rows meanwhile
            writer.execute("UPDATE address_touch SET step = 't' WHERE customer_id = 8")
            writer.execute("UPDATE consent SET text_version = '1' WHERE source = 'site'")
            migrate.upgrade(url, to="0016")
        for table in ("refused_address", "consent"):
            ids = [row["message_id"] for row in rows(url, f"SELECT message_id FROM {table} ORDER BY source")]
            assert ids[1] == "m1" and len(ids[0]) == 36, "a random one"
        touches = rows(url, "SELECT customer_id, message_id = md5('7')::uuid AS known FROM address_touch ORDER BY 1")
        assert touches == [{"customer_id": 0, "known": False}, {"customer_id": 8, "known": False}]
