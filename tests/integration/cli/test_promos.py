"""`kaskad promos`: what publishing brought in, and what is left."""

from __future__ import annotations

import psycopg

from tests.support.commands import Shop


def test_what_is_left(published: Shop, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            """UPDATE promo_code SET enrollment_id = n, taken_at = now(), valid_until = now()
                 FROM (SELECT code, row_number() OVER (ORDER BY code) AS n FROM promo_code WHERE promo = 'cart10') AS c
                WHERE promo_code.promo = 'cart10' AND promo_code.code = c.code AND n <= 1501"""
        )
    listed = {promo["name"]: promo for promo in published.run("promos", "--json").document["promos"]}
    assert listed["cart10"] == {
        "name": "cart10",
        "codes": 2000,
        "given": 1501,
        "left": 499,
        "warn_below": 500,
        "when_empty": "skip",
        "low": True,
        "redeemed": {},
    }
    assert (listed["comeback10"]["left"], listed["comeback10"]["low"]) == (1000, False)
    shown = published.run("promos").out
    assert "cart10" in shown
    assert "low" in shown


def test_nothing_published_is_no_promo(shop: Shop, database_url: str) -> None:
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    assert shop.run("promos").out.startswith("no promo is published: ")
