"""`kaskad customer`, as people type it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.support.commands import Shop, play


@pytest.fixture
def lived(shop: Shop, database_url: str, tmp_path: Path) -> Shop:
    """Kolya bought in the store; Anna was written to."""
    play(shop, database_url, tmp_path)
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    return shop


def test_a_customer_is_shown_in_words_and_as_json(lived: Shop) -> None:
    shown = lived.run("customer", "anna")
    assert shown.code == 0
    for said in (
        *("anna, known since 2027-03-02", "user_id: anna", "email: anna@customer.example, active"),
        *("marketing by e-mail: granted since 2027-03-02", "k1: Pepperoni, 1500 RUB"),
        *("abandoned_cart: send 'cart_reminder'", "e-mail 'cart_reminder' was sent"),
    ):
        assert said in shown.out, said
    document = lived.run("customer", "kolya", "--json").document
    assert (document["user_id"], [order["order_id"] for order in document["orders"]]) == ("kolya", ["o1"])
    assert document["timeline"][0]["name"] == "order_completed"
    assert "bought in the store (Lenina 5): 900 RUB" in lived.run("customer", "card:77").out


def test_any_id_names_the_customer_and_the_history_is_as_long_as_asked(lived: Shop) -> None:
    document = lived.run("customer", "77", "--events", "2", "--json").document
    assert document["user_id"] == "kolya" and len(document["timeline"]) == 2
    assert "… and more before" in lived.run("customer", "email:anna@customer.example", "--events", "1").out


def test_who_is_not_known_or_is_several_is_said_in_one_sentence(lived: Shop, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO identity SELECT kind, 'twin', customer_id FROM identity, (VALUES ('card'), ('badge')) k(kind2)"
            " WHERE (value, kind2) = ('anna', 'card')"
        )
        connection.execute("UPDATE identity SET kind = 'badge' WHERE value = 'twin'")
        connection.execute(
            "INSERT INTO identity SELECT 'card', 'twin', customer_id FROM identity WHERE value = 'kolya'"
        )
    for name, said in (("stranger", "no customer is known as 'stranger'"), ("twin", "several customers are known")):
        answer = lived.run("customer", name)
        assert answer.code == 2 and said in answer.err
    assert lived.run("customer", "card:twin", "--json").document["user_id"] == "kolya"
