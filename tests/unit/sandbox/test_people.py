"""The customers and the catalogue."""

from __future__ import annotations

import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from kaskad.sandbox.shop.catalogue import catalogue
from kaskad.sandbox.shop.people import generate_customers


def test_the_same_customers_for_a_seed_whatever_their_number() -> None:
    assert generate_customers(50, seed=1) == generate_customers(200, seed=1)[:50]
    assert generate_customers(50, seed=1) != generate_customers(50, seed=2)


def test_nobody_shares_an_identity(shop) -> None:
    for identity in ("user_id", "card", "push_token", "email", "phone", "webpush"):
        values = [value for person in shop.people if (value := getattr(person, identity))]
        assert len(values) == len(set(values)), identity


def test_kolya_comes_first_and_can_be_reached_by_push_email_and_phone() -> None:
    (kolya,) = generate_customers(1, seed=3)
    assert (kolya.user_id, kolya.first_name, kolya.locale, kolya.time_zone) == (
        "kolya",
        "Коля",
        "ru-RU",
        "Europe/Moscow",
    )
    assert kolya.channels == kolya.consents == ("push", "email", "viber", "sms")


@pytest.mark.parametrize(
    ("share", "of"),
    [
        (0.45, lambda person: person.push_token),
        (0.75, lambda person: person.email),
        (0.25, lambda person: person.webpush),
        (0.60, lambda person: person.phone),
        (0.06, lambda person: person.first_name is None),
        (0.75, lambda person: person.locale == "ru-RU"),
        (0.55, lambda person: person.time_zone == "Europe/Moscow"),
    ],
)
def test_shares_of_the_customers(shop, share, of) -> None:
    assert sum(bool(of(person)) for person in shop.people) / len(shop.people) == pytest.approx(share, abs=0.04)


def test_consents_are_given_for_most_contacts_and_never_without_one(shop) -> None:
    possible = sum(len(person.channels) for person in shop.people)
    assert sum(len(person.consents) for person in shop.people) / possible == pytest.approx(0.85, abs=0.03)
    for person in shop.people:
        assert set(person.withdrawn) <= set(person.consents) <= set(person.channels)
        ZoneInfo(person.time_zone)
        if person.webpush:
            assert json.loads(person.webpush)["endpoint"].startswith("https://")


def test_the_catalogue_has_pizzas_drinks_and_vacuum_cleaners_with_both_titles() -> None:
    products = catalogue(seed=1)
    assert len({product.id for product in products}) == len(products) == 60
    assert {"pizza", "drinks", "vacuum cleaners"} <= {product.category for product in products}
    for product in products:
        assert set(product.title) == {"ru", "en"} and all(product.title.values())
        assert product.price > Decimal(0) and product.stock > 0
    assert [product.stock for product in products] != [product.stock for product in catalogue(seed=2)]
