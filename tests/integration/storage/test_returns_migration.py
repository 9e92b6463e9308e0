"""What returns take back in a database that a stack already has."""

from __future__ import annotations

import psycopg

from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

BEFORE = """
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
SELECT t.said->>'order_id' || n, 7, t.name, 'site', at, at, t.said
  FROM (VALUES (1, 'order_completed', '{"order_id": "sign", "total": 100}'::jsonb),
               (2, 'order_returned', '{"order_id": "sign", "total": -30}'),
               (3, 'order_completed', '{"order_id": "rate", "total": 100, "currency": "USD"}'),
               (4, 'order_returned', '{"order_id": "rate", "total": 30, "currency": "EUR"}'),
               (5, 'order_completed', '{"order_id": "till", "total": -100}'),
               (6, 'order_completed', '{"order_id": "twice", "total": 100}'),
               (7, 'order_returned', '{"order_id": "twice", "total": 30, "refund_id": 1}'),
               (8, 'order_returned', '{"order_id": "twice", "total": 30, "refund_id": "1"}')) AS t(n, name, said),
       LATERAL (SELECT '2027-02-20 UTC'::timestamptz + n * interval '5 minutes') AS a(at);
UPDATE config_generation SET rates = '{"RUB": 1, "USD": 90, "EUR": 99}'"""
STANDING = """SELECT o.properties->>'order_id' AS id, o.properties->>'total' AS total
                FROM standing_orders(7, '2028-01-01 UTC') o ORDER BY o.occurred_at"""


def test_what_was_stored_before_is_judged_anew(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0017") as url:
        run(url, BEFORE)
        assert {row["id"]: row["total"] for row in rows(url, STANDING)} == {
            "sign": "130",
            "till": "-100",
            "twice": "40",
        }
        migrate.upgrade(url, to="0018")
        found = {row["id"]: row["total"] for row in rows(url, STANDING)}
        assert found == {"sign": "70", "rate": "67.00", "till": "unknown", "twice": "70"}
