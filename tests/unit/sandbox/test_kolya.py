"""Kolya's story: a pizza looked at, put into a cart, and bought in the store before the reminder is due."""

from __future__ import annotations

from datetime import timedelta


def test_kolyas_two_days_happen_as_they_are_told(shop) -> None:
    kolya = shop.people[0]
    happened = [
        (event.at.astimezone(shop.zone).strftime("%d %H:%M"), event.source, event.name, _what(event))
        for event in shop.events
        if (event.user == "kolya" or event.anonymous_id == f"card:{kolya.card}")
        and event.at > shop.start + timedelta(hours=1)
    ]
    assert happened == [
        ("02 12:05", "app", "app_opened", None),
        ("02 12:10", "app", "Product Viewed", "pepperoni"),
        ("02 12:40", "site", "Product Viewed", "pepperoni"),
        ("03 11:20", "app", "app_opened", None),
        ("03 12:05", "app", "Product Added", "pepperoni"),
        ("03 12:05", "app", "Product Added", "cola"),
        ("03 12:40", "store", "Order Completed", ["pepperoni", "cola"]),
    ]


def test_kolyas_cart_is_worth_a_reminder_and_he_pays_it_in_the_store(shop) -> None:
    added = [event.properties for event in shop.named("Product Added") if event.user == "kolya"]
    cart = sum(line["price"] * line["quantity"] for line in added)
    (order,) = [
        event.properties for event in shop.named("Order Completed") if event.properties["order_id"] == "till-kolya"
    ]
    assert cart == order["total"] >= 1_000
    assert (order["place"], order["store"]) == ("store", "Lenina 5")


def test_kolya_can_be_pushed(shop) -> None:
    (identify,) = [event for event in shop.events if event.user == "kolya" and event.kind == "identify"]
    assert identify.context["device"] == {"token": shop.people[0].push_token, "type": "android"}
    assert identify.traits["firstName"] == "Коля"
    consents = [event for event in shop.named("consent_given") if event.user == "kolya"]
    assert [event.properties["channel"] for event in consents] == ["push", "email", "viber", "sms"]


def _what(event):
    products = event.properties.get("products")
    return [product["product_id"] for product in products] if products else event.properties.get("product_id")
