"""What carts, orders and rates come to in a database that a stack already has."""

from __future__ import annotations

from decimal import Decimal

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

BEFORE = """
CREATE TABLE event_2027_02 PARTITION OF event FOR VALUES FROM ('2027-02-01 UTC') TO ('2027-03-01 UTC');
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
SELECT 'm' || i, i % 500, (ARRAY['order_completed', 'order_cancelled', 'product_viewed'])[1 + i % 3], 'site', at, at,
       jsonb_build_object('order_id', 'o' || i)
  FROM generate_series(1, 6000) AS i,
       LATERAL (SELECT '2027-02-20 UTC'::timestamptz + i * interval '5 minutes') AS t(at);
INSERT INTO cart (customer_id, cart_id, items, total, updated_at) VALUES (7, 'k', '[]', 1500, '2027-03-01 UTC');
UPDATE config_generation SET generation = 1, project = '{"shop": {"currency": "EUR"}}'"""
PARTS = """SELECT c.relname, x.indisvalid FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid
             JOIN pg_class c ON c.oid = x.indrelid WHERE i.inhparent = 'event_of_order'::regclass ORDER BY c.relname"""
WHOLE = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'event_of_order'::regclass"


def test_orders_are_found_by_their_id_in_every_month_and_carts_stay_as_they_are(
    postgres_admin: psycopg.Connection,
) -> None:
    with database_at(postgres_admin, "0013") as url:
        run(url, BEFORE)
        migrate.upgrade(url, to="0014")
        parts = rows(url, PARTS)
        assert {"event_2027_02", "event_default"} <= {row["relname"] for row in parts}
        assert all(row["indisvalid"] for row in parts)
        assert rows(url, WHOLE) == [{"indisvalid": True}]
        assert rows(url, "SELECT total, currency FROM cart") == [{"total": Decimal(1500), "currency": None}]
        assert rows(url, "SELECT rates FROM config_generation") == [{"rates": {"EUR": 1}}]
        found = rows(url, "SELECT count(*) AS found FROM standing_orders(42, '2028-01-01 UTC')")
        told = "SELECT count(*) AS found FROM event WHERE customer_id = 42 AND name = 'order_completed'"
        assert found == rows(url, told), "none of these was cancelled"


def test_an_index_that_came_halfway_is_built_again(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0013") as url:
        run(url, BEFORE)
        run(url, "CREATE INDEX event_2027_02_of_order ON event_2027_02 (name)")
        migrate.upgrade(url, to="0014")
        assert rows(url, WHOLE) == [{"indisvalid": True}]
        migrate.upgrade(url)
