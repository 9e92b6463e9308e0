"""Codes that were there before get the key that they are found by, in batches, and stay what they were."""

from __future__ import annotations

import psycopg

from kaskad.domain.promo_code import code_key
from kaskad.storage import migrate
from tests.support.migrating import database_at, rows, run

CODES = ["AbC-0 1", "Скидка-2", "", "c-3"]
FILLED = "SELECT code, key FROM promo_code ORDER BY promo, code"


def test_codes_get_their_keys_and_keep_their_owners(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0022") as url:
        run(
            url,
            "INSERT INTO promo_code (promo, code, enrollment_id) SELECT 'many', 'X ' || i, i"
            " FROM generate_series(1, 2500) i",
        )
        for code in CODES:
            run(url, f"INSERT INTO promo_code (promo, code) VALUES ('few', '{code}')")
        migrate.upgrade(url, to="0024")
        found = rows(url, FILLED)
        assert len(found) == 2504
        assert [row for row in found if row["key"] != code_key(row["code"])] == []
        assert rows(url, "SELECT count(*) AS n FROM promo_code WHERE enrollment_id IS NOT NULL") == [{"n": 2500}]
        assert rows(url, "SELECT * FROM promo_redemption") == []
        assert rows(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'promo_code_key'::regclass") == [
            {"indisvalid": True}
        ]


def test_what_was_left_half_done_is_done(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0022") as url:
        run(url, "ALTER TABLE promo_code ADD COLUMN key text")
        run(url, "INSERT INTO promo_code (promo, code) VALUES ('few', 'C 1')")
        migrate.upgrade(url, to="0024")
        assert rows(url, FILLED) == [{"code": "C 1", "key": "c1"}]
