"""Feeds come to a database that has products already."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

PRODUCTS = (
    "INSERT INTO product (id, attributes, stock) SELECT 'p' || i, '{}', '{\"online\": 1}' FROM generate_series(1, 9) i"
)
TABLES = "SELECT to_regclass('feed_state')::text AS state, to_regclass('feed_offer')::text AS offer"


def test_two_tables_are_added_and_products_stay(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0024") as url, psycopg.connect(url) as reader:
        run(url, PRODUCTS)
        reader.execute("SELECT FROM product")  # a long reader of the catalogue holds nothing up
        before = rows(url, "SELECT pg_relation_filenode('product') AS file, count(*) AS n FROM product")
        migrate.upgrade(url, to="0025")
        assert rows(url, TABLES) == [{"state": "feed_state", "offer": "feed_offer"}]
        assert rows(url, "SELECT pg_relation_filenode('product') AS file, count(*) AS n FROM product") == before
        run(url, "INSERT INTO feed_state (name, due_at) VALUES ('f', '2027-03-01 UTC')")
        run(url, "INSERT INTO feed_offer (feed, id, store, digest, in_stock) VALUES ('f', 'p1', '', 'd', true)")
        assert rows(url, "SELECT stock, gone, changes FROM feed_offer") == [{"stock": {}, "gone": False, "changes": 0}]
