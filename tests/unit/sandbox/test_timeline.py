"""What happens in the shop: order, repetition, rates, and that every event can be posted and understood."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from kaskad.sandbox.shop.catalogue import catalogue
from kaskad.sandbox.shop.event import NAMES
from kaskad.sandbox.shop.people import generate_customers
from kaskad.sandbox.shop.restock import WAREHOUSE
from kaskad.sandbox.shop.timeline import build_timeline
from tests.support.paths import ROOT

VOCABULARY = ROOT / "configs" / "events.yaml"
MINUTE = timedelta(minutes=1)


def test_repeats_for_a_seed_and_differs_for_another(shop) -> None:
    def played(seed: int):
        return build_timeline(generate_customers(150, seed), catalogue(seed), shop.start, days=2, seed=seed)

    assert played(1) == played(1)
    assert {event.message_id for event in played(1)}.isdisjoint(event.message_id for event in played(2))


def test_sorted_unique_and_within_the_days(shop) -> None:
    order = [(event.at, event.message_id) for event in shop.events]
    assert order == sorted(order)
    assert len({event.message_id for event in shop.events}) == len(shop.events)
    assert all(shop.start <= event.at < shop.start + timedelta(days=4) for event in shop.events)
    assert all(event.at.tzinfo is UTC and event.at.microsecond % 1_000 == 0 for event in shop.events)


def test_every_event_says_who_and_is_json_of_at_most_32_kb(shop) -> None:
    for event in shop.events:
        assert event.user or event.anonymous_id
        text = json.dumps([event.properties, event.traits, event.context], allow_nan=False)
        assert len(text) < 30_000


def test_every_name_is_one_of_the_shops(shop) -> None:
    assert {event.name for event in shop.events if event.kind == "track"} == NAMES


def test_every_name_is_in_the_vocabulary() -> None:
    known = YAML(typ="safe").load(VOCABULARY)
    assert {name.lower().replace(" ", "_") for name in NAMES} <= set(known)


def test_everybody_is_introduced_before_anything_else_happens_to_them(shop) -> None:
    introduced, cards = set(), {person.card: person.user_id for person in shop.people}
    for event in shop.events:
        if event.kind == "identify":
            introduced.add(event.user)
        elif event.source == "store" and event.anonymous_id != WAREHOUSE:
            assert cards[event.context["externalIds"][0]["id"]] in introduced
        elif event.user:
            assert event.user in introduced
    assert len(introduced) == len(shop.people)


def test_money_has_two_decimals(shop) -> None:
    for event in shop.named("Order Completed", "Cart Updated"):
        lines = event.properties["products"]
        amounts = [event.properties["total"], *(line["price"] for line in lines)]
        assert all(round(amount, 2) == amount > 0 or amount == 0 for amount in amounts)
        discount = event.properties.get("discount", 0)
        assert sum(line["price"] * line["quantity"] for line in lines) - discount == pytest.approx(
            event.properties["total"], abs=0.01 * sum(line["quantity"] for line in lines)
        )


def test_the_size_of_four_days(shop) -> None:
    assert 10_000 <= len(shop.events) <= 15_000
    visitors = {event.user for event in shop.named("Product Viewed")}
    assert len(visitors) / len(shop.people) == pytest.approx(0.36, abs=0.04)
    signed_up, confirmed = shop.named("Signed Up"), shop.named("email_confirmed")
    assert 40 <= len(signed_up) <= 80
    early = [_confirmed_after(event, confirmed) for event in signed_up]
    assert sum(delay is not None and delay < timedelta(hours=6) for delay in early) / len(early) == pytest.approx(
        0.5, abs=0.15
    )
    assert any(delay is not None and delay > timedelta(hours=6) for delay in early) and None in early


def _confirmed_after(event, confirmed):
    return next((other.at - event.at for other in confirmed if other.user == event.user), None)


def test_carts_that_are_left_some_are_bought_online_and_some_in_the_store(shop) -> None:
    fates = Counter(_fate(shop, user) for user in {event.user for event in shop.named("Product Added")})
    left = fates["left"] + fates["later online"] + fates["later in store"] + fates["emptied"]
    assert left / len(shop.people) == pytest.approx(0.15, abs=0.03)
    assert (fates["later online"] + fates["later in store"]) / left == pytest.approx(0.4, abs=0.1)
    assert min(fates["later online"], fates["later in store"], fates["emptied"]) >= 10


def _fate(shop, user: str) -> str:
    last = [event for event in shop.named("Product Added", "Cart Updated") if event.user == user][-1]
    removed = [event for event in shop.named("Product Removed") if event.user == user]
    orders = shop.named("Order Completed")
    if online := [event for event in orders if event.user == user]:
        return "later online" if online[0].at - last.at > 8 * MINUTE else "at once"
    if any(event.properties["order_id"] == f"till-{user}" for event in orders):
        return "later in store"
    added = sum(event.user == user for event in shop.named("Product Added"))
    return "emptied" if len(removed) == added else "left"


def test_most_carts_are_worth_a_reminder(shop) -> None:
    totals = Counter()
    for event in shop.named("Product Added", "Product Removed"):
        sign = 1 if event.name == "Product Added" else -1
        totals[event.properties["cart_id"]] += sign * event.properties["price"] * event.properties["quantity"]
    filled = [total for total in totals.values() if total > 0]
    assert sum(total >= 1_000 for total in filled) / len(filled) > 0.8


def test_people_sleep_at_night_where_they_live(shop) -> None:
    zones = {person.user_id: ZoneInfo(person.time_zone) for person in shop.people}
    hours = Counter(event.at.astimezone(zones[event.user]).hour for event in shop.named("Product Viewed"))
    assert sum(hours[hour] for hour in range(1, 6)) / hours.total() < 0.05
    assert sum(hours[hour] for hour in range(17, 22)) / hours.total() > 0.25


def test_sold_out_products_come_back_and_those_who_asked_did_so_between(shop) -> None:
    stock = {}
    for event in shop.named("product_stock_changed"):
        stock.setdefault(event.properties["product_id"], []).append((event.at, event.properties["stock"]))
    assert len(stock) == 6
    for (gone, none), (back, some) in stock.values():
        assert (none, some > 0) == (0, True)
        assert gone.astimezone(shop.zone).day == 2 and back.astimezone(shop.zone).day in {3, 4}
    asked = shop.named("product_subscribed")
    assert 25 <= len(asked) <= 60
    for event in asked:
        (gone, _), (back, _) = stock[event.properties["product_id"]]
        assert gone < event.at < back
    assert not {event.properties["product_id"] for event in shop.named("Product Added")} & set(stock)
