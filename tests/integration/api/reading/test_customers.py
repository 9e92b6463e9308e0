"""A customer and the history, read over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.api.front import SITE, STORE, ApiClient, event, front, refused
from tests.support.merging import join
from tests.support.rules import CARTS
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(open_stack: OpenStack) -> AsyncIterator[tuple[Stack, ApiClient]]:
    stack = await open_stack(edit=CARTS)
    async with front(stack) as api:
        yield stack, api


async def ok(api: ApiClient, path: str, **more: Any) -> dict[str, Any]:
    answer = await api.admin("GET", path, **more)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def merged(stack: Stack, into: str, *others: str) -> None:
    """Makes one person of them, in a chain of merges: the first one's row stands."""
    for merged_one, stands in pairwise(reversed((into, *others))):
        await join(stack, merged_one, stands)


async def test_a_customer_is_shown_as_one_person(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", "email", "push", card="C1", tier="gold", bonus=12.5)
    await stack.cart("kolya")
    products = [{"product_id": "p1", "quantity": 2, "price": 450}]
    await stack.track("kolya", "Order Completed", source="store", order_id="o1", total=900.5, products=products)
    await stack.at(timedelta(seconds=5))
    await stack.track("kolya", "Order Completed", source="call_centre", order_id="o1", at=NOON + timedelta(seconds=5))
    await stack.track("kolya", "Order Delivered", source="store", order_id="o1")
    await stack.at(timedelta(minutes=1))
    await stack.cart("kolya", cart="k2", product="salami")
    await stack.track("kolya", "consent_withdrawn", purpose="marketing", channel="sms")
    seen = await ok(api, "/v1/customers/kolya")
    assert (seen["customer"], seen["user_id"], seen["time_zone"]) == ("kolya", "kolya", "Europe/Moscow")
    assert seen["attributes"]["tier"] == "gold" and seen["attributes"]["bonus"] == 12.5
    assert {"kind": "user_id", "value": "kolya"} in seen["identities"]
    assert {"kind": "card", "value": "C1"} in seen["identities"]
    assert [contact["channel"] for contact in seen["contacts"]] == ["email", "push"]
    assert {"channel": "email", "address": "kolya@customer.example", "state": "active", "closed": []} in seen[
        "contacts"
    ]
    said = {word["channel"]: word for word in seen["consents"]}
    assert (said["email"]["state"], said["sms"]["state"]) == ("granted", "withdrawn")
    assert said["sms"]["text"] == "marketing by SMS: withdrawn since 2027-03-02"
    assert [cart["cart_id"] for cart in seen["carts"]] == ["k2", "k1"]
    assert seen["carts"][0]["items"][0]["product_id"] == "salami" and seen["carts"][0]["total"] == 1500
    (order,) = seen["orders"]
    assert (order["order_id"], order["total"], order["state"], order["items"]) == ("o1", 900.5, "delivered", 1)
    assert {journey["step"] for journey in seen["journeys"]} == {"not admitted yet"}


async def test_where_somebody_is_in_a_journey_is_said_in_words(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", "push")
    await stack.cart("kolya")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    (journey,) = (await ok(api, "/v1/customers/kolya"))["journeys"]
    assert journey["journey"] == "abandoned_cart" and journey["step"].startswith("send '")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "kolya",
            "user_id:kolya",
            "card:C1",
            " card: C1 ",
            "email:Kolya@CUSTOMER.example",
            "email:kolya@customer.example",
        ),
        *("phone:+79161234567", "phone:8 (916) 123-45-67", "phone:79161234567"),
    ],
)
async def test_a_customer_is_found_by_any_name_and_address(shop: tuple[Stack, ApiClient], name: str) -> None:
    stack, api = shop
    await stack.person("kolya", "email", card="C1", phone="+7 916 123-45-67")
    await stack.person("anna", "email")
    seen = await ok(api, f"/v1/customers/{name}")
    assert (seen["customer"], seen["user_id"]) == (name, "kolya")


@pytest.mark.parametrize(
    "name", ["nobody", "card:kolya", "C1", "email:", ":", "email:kolya", "phone:112", "0", "1", "x" * 400]
)
async def test_whoever_is_not_known_is_404_and_nothing_more_is_said(shop: tuple[Stack, ApiClient], name: str) -> None:
    stack, api = shop
    await stack.person("kolya", "email", card="C1")
    for path in ("", "/timeline"):
        assert name in refused(await api.admin("GET", f"/v1/customers/{name}{path}"), 404) or len(name) == 400


async def test_a_name_of_several_people_is_nobodys(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", email="both@customer.example")
    await stack.person("olya", email="both@customer.example")
    answer = await api.admin("GET", "/v1/customers/email:both@customer.example")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:kaskad:problem:several-customers"
    assert answer.json()["candidates"] == ["user_id:kolya", "user_id:olya"]
    assert "'user_id:kolya' or 'user_id:olya'" in answer.json()["detail"]


async def test_who_was_forgotten_is_404(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", "email")
    assert (await api.admin("POST", "/v1/suppress-and-delete", json={"customer": "kolya"})).status_code == 200
    for name in ("kolya", "email:kolya@customer.example"):
        refused(await api.admin("GET", f"/v1/customers/{name}"), 404)
    await stack.person("olya", "email")
    await stack.rows("UPDATE customer SET forgotten_at = now()")
    refused(await api.admin("GET", "/v1/customers/olya"), 404)


async def test_all_members_are_one_person(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", "email")
    await stack.at(timedelta(minutes=1))
    await stack.track("phone-1", "Product Added", cart_id="k9", product_id="p9", price=100, quantity=1)
    await stack.track("phone-1", "consent_withdrawn", purpose="marketing", channel="email")
    await stack.track("till-7", "Order Completed", source="store", order_id="o7", total=70)
    await merged(stack, "kolya", "phone-1", "till-7")
    for name in ("kolya", "phone-1", "till-7"):
        seen = await ok(api, f"/v1/customers/{name}")
        assert seen["user_id"] == "kolya" if name == "kolya" else seen["user_id"]
        assert [cart["cart_id"] for cart in seen["carts"]] == ["k9"]
        assert [order["order_id"] for order in seen["orders"]] == ["o7"]
        assert {word["channel"]: word["state"] for word in seen["consents"]}["email"] == "withdrawn"
        assert [contact["address"] for contact in seen["contacts"]] == ["kolya@customer.example"]
        history = await ok(api, f"/v1/customers/{name}/timeline?limit=200")
        assert {"order_completed", "product_added", "identify"} <= {entry["name"] for entry in history["entries"]}


async def test_no_number_of_a_row_is_anywhere(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.rows("ALTER TABLE customer ALTER COLUMN id RESTART WITH 918273645")
    await stack.person("kolya", "email")
    await stack.cart("kolya")
    (row,) = await stack.rows("SELECT id FROM customer WHERE id > 0")
    said = {"members": [row["id"], 7], "from": row["id"]}
    await stack.rows(
        """INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
           VALUES ('merge:1', %(id)s, 'customers_merged', 'kaskad', %(at)s, %(at)s, %(said)s::jsonb)""",
        id=row["id"],
        at=NOON,
        said=json.dumps(said),
    )
    for path in ("", "/timeline"):
        answer = await api.admin("GET", f"/v1/customers/kolya{path}")
        assert answer.status_code == 200 and str(row["id"]) not in answer.text
    assert "customers_merged" in answer.text


async def test_only_a_key_that_may_read_reads_and_nothing_is_cached(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", "email")
    for path in ("/v1/customers/kolya", "/v1/customers/kolya/timeline"):
        refused(await api.client.get(path), 401)
        refused(await api.client.get(path, auth=(SITE, "")), 401)
        refused(await api.admin("GET", path, key=SITE), 403)
        answer = await api.admin("GET", path)
        assert answer.headers["cache-control"] == "no-store"


async def test_the_history_has_every_channel_in_one_order(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", "push")
    await stack.cart("kolya")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    await stack.at(timedelta(minutes=1))
    await stack.track(
        "kolya", "Conversation Message", source="call_centre", conversation_id="vk-1", channel="vk", text="Is 42 there?"
    )
    await stack.track("kolya", "avito_question", source="site", conversation_id="av-3", text="?")
    history = await ok(api, "/v1/customers/kolya/timeline")
    entries = history["entries"]
    assert history["next"] is None and [entry["at"] for entry in entries] == sorted(
        (entry["at"] for entry in entries), reverse=True
    )
    kinds = [(entry["kind"], entry["name"]) for entry in entries]
    assert ("conversation", "conversation_message") in kinds and ("conversation", "avito_question") in kinds
    assert ("message", "message_sent") in kinds and ("cart", "product_added") in kinds
    assert ("profile", "identify") in kinds and ("consent", "consent_given") in kinds
    assert not [name for _, name in kinds if name in ("cart_updated", "cart_unchanged")], "it is the change itself"
    (sent,) = [entry for entry in entries if entry["name"] == "message_sent"]
    assert sent["channel"] == "push" and sent["text"] == "push 'cart_reminder' was sent"
    assert sent["attributes"]["journey"] == "abandoned_cart"
    (asked,) = (await ok(api, "/v1/customers/kolya/timeline?channel=vk"))["entries"]
    assert asked["attributes"]["text"] == "Is 42 there?" and asked["source"] == "call_centre"
    (pushed,) = (await ok(api, "/v1/customers/kolya/timeline?kind=message"))["entries"]
    assert pushed["id"] == sent["id"]
    of_site = (await ok(api, "/v1/customers/kolya/timeline?channel=site&kind=conversation"))["entries"]
    assert [entry["name"] for entry in of_site] == ["avito_question"]


async def test_what_became_of_a_message_is_in_the_history(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", "push")
    await stack.cart("kolya")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    await stack.rows(
        "UPDATE message SET delivered_at = %(at)s, opened_at = %(at)s, clicked_at = %(at)s WHERE status = 'sent'",
        at=stack.now,
    )
    names = [entry["name"] for entry in (await ok(api, "/v1/customers/kolya/timeline?kind=message"))["entries"]]
    assert sorted(names) == ["message_clicked", "message_delivered", "message_opened", "message_sent"]
    await stack.rows("UPDATE message SET mode = 'test'")
    assert (await ok(api, "/v1/customers/kolya/timeline?kind=message"))["entries"] == [], "the owner's, not theirs"


async def test_a_no_that_no_event_told_is_in_the_history(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    await stack.person("kolya", "email")
    await stack.rows(
        """INSERT INTO consent (customer_id, purpose, channel, granted, source, message_id, at)
           SELECT id, p, c, false, 'unsubscribe', 'click-1', %(at)s FROM customer,
                  unnest('{marketing,ads}'::text[]) p, unnest('{email,push}'::text[]) c WHERE id > 0""",
        at=NOON,
    )
    entries = (await ok(api, "/v1/customers/kolya/timeline?channel=unsubscribe"))["entries"]
    assert [(entry["kind"], entry["name"]) for entry in entries] == [("consent", "consent_withdrawn")]
    assert entries[0]["attributes"] == {"purpose": ["ads", "marketing"], "channel": ["email", "push"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_neither_repeat_nor_skip_while_events_arrive(shop: tuple[Stack, ApiClient], limit: int) -> None:
    """Many events share one instant; between the pages come newer ones, and ones of the same instant."""
    stack, api = shop
    for number in range(11):
        await stack.track("kolya", "seen", at=NOON - timedelta(minutes=number // 4), number=number)
    first = {entry["id"] for entry in (await ok(api, "/v1/customers/kolya/timeline"))["entries"]}
    assert len(first) == 11
    found, before, pages = list[str](), None, 0
    while pages == 0 or before:
        query = {"limit": limit} | ({"before": before} if before else {})
        page = await ok(api, "/v1/customers/kolya/timeline", params=query)
        assert len(page["entries"]) <= limit
        found += [entry["id"] for entry in page["entries"]]
        before, pages = page["next"], pages + 1
        await stack.at(timedelta(seconds=1))
        await stack.track("kolya", "seen", number=100 + pages)
        await stack.track("kolya", "seen", at=NOON, number=200 + pages)
    assert len(found) == len(set(found)) and first <= set(found)


async def test_a_page_begins_at_a_time_or_at_a_cursor_and_at_nothing_else(shop: tuple[Stack, ApiClient]) -> None:
    stack, api = shop
    for minute in range(3):
        await stack.track("kolya", "seen", at=NOON - timedelta(minutes=minute), number=minute)
    page = await ok(api, "/v1/customers/kolya/timeline", params={"before": NOON.isoformat()})
    assert [entry["attributes"]["number"] for entry in page["entries"]] == [1, 2]
    for before in ("yesterday", "", "!!!!", "AAAA", "x" * 300):
        answer = await api.admin("GET", "/v1/customers/kolya/timeline", params={"before": before})
        assert refused(answer, 422 if len(before) > 200 else 400)
    for query in ({"limit": 0}, {"limit": 201}, {"kind": "gossip"}):
        refused(await api.admin("GET", "/v1/customers/kolya/timeline", params=query), 422)


async def test_a_name_with_a_slash_or_a_colon_is_a_name(shop: tuple[Stack, ApiClient]) -> None:
    _, api = shop
    for user in ("a/b=", "google:17", "Коля №1"):
        body = event(user=user)
        assert (await api.call("/v1/track", body)).status_code == 200
        assert (await ok(api, f"/v1/customers/{user}"))["user_id"] == user
        (seen,) = (await ok(api, f"/v1/customers/{user}/timeline"))["entries"]
        assert seen["name"] == "product_viewed"


@pytest.mark.parametrize("odd", ["\0", "a\0b"])
async def test_what_no_text_can_hold_is_no_fault_of_ours(shop: tuple[Stack, ApiClient], odd: str) -> None:
    stack, api = shop
    await stack.person("kolya", "email")
    kolya = "/v1/customers/kolya"
    refused(await api.admin("GET", f"{kolya}/timeline", params={"channel": odd}), 422)
    refused(await api.admin("GET", f"{kolya}/timeline", params={"before": odd}), 400)
    refused(await api.admin("GET", f"{kolya}/cart", params={"cart_id": odd}), 422)
    for path in ("/v1/customers/{}", "/v1/customers/card:{}", "/v1/products/{}/stock"):
        refused(await api.admin("GET", path.format(quote(odd))), 404)
    assert (await api.admin("GET", f"/v1/promos/{quote(odd)}")).status_code == 404
    said = {"place": "store", "store": odd, "order_id": "o1"}
    refused(await api.client.post("/v1/promos/x/redeem", json=said, auth=(STORE, "")), 422)
    lines = {"products": [{"product_id": odd}]}
    answer = await api.client.put(f"{kolya}/cart", json=lines, headers={"If-Match": "*"}, auth=(STORE, ""))
    assert answer.status_code == 400
