"""A cart follows its customer: read in one place as soon as it was changed in another, and never overwritten unseen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from kaskad.api import auth
from kaskad.domain.api_key import Scope
from kaskad.services.operations import api_keys
from tests.integration.api.front import ADMIN, SITE, STORE, ApiClient, front, refused
from tests.integration.api.reading.test_customers import merged
from tests.support.rules import CARTS
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
KOLYA = "/v1/customers/kolya/cart"
Shop = tuple[Stack, ApiClient]


@pytest.fixture
async def shop(open_stack: OpenStack) -> AsyncIterator[Shop]:
    stack = await open_stack(edit=CARTS)
    await stack.person("kolya", "push", card="C1")
    await stack.cart("kolya")
    async with front(stack) as api:
        yield stack, api


def body(*products: str, quantity: Any = 1, price: Any = 100) -> dict[str, Any]:
    return {"products": [{"product_id": id_, "quantity": quantity, "price": price} for id_ in products]}


async def put(api: ApiClient, path: str, said: Any, key: str = STORE, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.client.put(path, json=said, headers=named, auth=(key, ""))


async def read(api: ApiClient, path: str = KOLYA) -> httpx.Response:
    answer = await api.admin("GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == answer.json()["etag"]
    return answer


def content(answer: httpx.Response) -> dict[str, Any]:
    return {item["product_id"]: item["quantity"] for item in answer.json()["items"]}


async def test_what_one_place_changes_another_reads(shop: Shop) -> None:
    stack, api = shop
    seen = await read(api)
    assert (seen.json()["cart_id"], content(seen), seen.json()["total"]) == ("k1", {"pepperoni": 1}, 1500)
    done = await put(api, KOLYA, body("salami", "bacon", quantity=2), If_Match=seen.headers["etag"])
    assert done.status_code == 200 and done.json()["total"] == 400
    for path in (KOLYA, "/v1/customers/card:C1/cart", f"{KOLYA}?cart_id=k1"):
        now = await read(api, path)
        assert now.headers["etag"] == done.headers["etag"] != seen.headers["etag"]
        assert content(now) == {"salami": 2, "bacon": 2}
    names = await stack.rows("SELECT source FROM event WHERE name = 'cart_snapshot'")
    assert names == [{"source": "store"}]
    assert await stack.rows("SELECT 1 AS x FROM event WHERE name = 'cart_updated' AND source = 'store'") == [{"x": 1}]


async def test_a_change_of_an_event_changes_the_tag(shop: Shop) -> None:
    stack, api = shop
    seen = await read(api)
    await stack.at(timedelta(seconds=1))
    await stack.track("kolya", "Product Added", cart_id="k1", product_id="olives", price=90, quantity=1)
    answer = await put(api, KOLYA, body("salami"), If_Match=seen.headers["etag"])
    assert refused(answer, 412)
    now = await read(api)
    assert answer.headers["etag"] == now.headers["etag"]
    assert content(now) == {"pepperoni": 1, "olives": 1}
    assert (await put(api, KOLYA, body("salami"), If_Match=f'"x", {now.headers["etag"]}')).status_code == 200


async def test_a_cart_that_became_what_it_was_has_another_tag(shop: Shop) -> None:
    stack, api = shop
    first = await read(api)
    tags = {first.headers["etag"]}
    for product in ("salami", "pepperoni"):
        await stack.at(timedelta(seconds=1))
        said = body(product, price=1500)
        tags.add((await put(api, KOLYA, said, If_Match="*")).headers["etag"])
    assert len(tags) == 3 and content(await read(api)) == {"pepperoni": 1}


@pytest.mark.parametrize("same", [True, False])
async def test_of_two_writers_with_one_tag_one_wins(shop: Shop, same: bool) -> None:
    """Also where both mean the same: each is another customer's hand on the cart."""
    stack, api = shop
    for turn in range(5):
        tag = (await read(api)).headers["etag"]
        wanted = [body("same" if same else f"p{turn}-{n}") for n in range(4)]
        answers = await asyncio.gather(*[put(api, KOLYA, said, If_Match=tag) for said in wanted])
        statuses = [answer.status_code for answer in answers]
        assert sorted(statuses) == [200, 412, 412, 412]
        won = answers[statuses.index(200)]
        assert content(await read(api)) == content(won)
    assert len(await stack.rows("SELECT 1 FROM event WHERE name = 'cart_snapshot'")) == 5


async def test_writers_and_events_of_one_instant_leave_the_last_word(shop: Shop) -> None:
    """The clock stands still: what was written last is the cart all the same."""
    stack, api = shop
    for number in range(12):
        await stack.track("kolya", "Product Added", cart_id="k1", product_id=f"e{number}", price=1, quantity=1)
        tag = (await read(api)).headers["etag"]
        done = await put(api, KOLYA, body(f"p{number}"), If_Match=tag)
        assert content(done) == {f"p{number}": 1}


async def test_without_a_condition_nothing_is_written(shop: Shop) -> None:
    _, api = shop
    before = (await read(api)).headers["etag"]
    refused(await put(api, KOLYA, body("salami")), 428)
    for headers in ({"If_Match": '"other"'}, {"If_Match": f"W/{before}"}, {"If_None_Match": "*"}):
        refused(await put(api, KOLYA, body("salami"), **headers), 412)
    refused(await put(api, KOLYA, body("salami"), If_Match=before, If_None_Match="*"), 412)
    assert (await read(api)).headers["etag"] == before


async def test_a_first_cart_is_written_once(shop: Shop) -> None:
    stack, api = shop
    await stack.person("olya", "push")
    path = "/v1/customers/olya/cart"
    empty = await read(api, path)
    assert empty.json() | {"etag": ""} == {
        "cart_id": "cart",
        "items": [],
        "total": 0,
        "currency": "RUB",
        "updated_at": None,
        "etag": "",
    }
    answers = await asyncio.gather(*[put(api, path, body(f"p{n}"), If_None_Match="*") for n in range(3)])
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    refused(await put(api, path, body("x"), If_Match=empty.headers["etag"]), 412)


async def test_the_same_request_again_is_done_once(shop: Shop) -> None:
    stack, api = shop
    tag = (await read(api)).headers["etag"]
    once = {"If_Match": tag, "Idempotency_Key": "r1"}
    first, again = [await put(api, KOLYA, body("salami"), **once) for _ in range(2)]
    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    assert len(await stack.rows("SELECT 1 FROM event WHERE name = 'cart_snapshot'")) == 1
    refused(await put(api, KOLYA, body("bacon"), **once), 412)
    refused(await put(api, KOLYA, body("salami"), key="key-of-the-app", **once), 403)


async def test_a_cart_told_after_an_order_by_somebody_who_saw_it_is_a_new_cart(shop: Shop) -> None:
    """An app that sends its cart again after an order tells nothing new; a clerk who has seen the empty cart does."""
    stack, api = shop
    await stack.at(timedelta(minutes=1))
    await stack.track("kolya", "Order Completed", source="store", order_id="o1", cart_id="k1", total=1500)
    await stack.at(timedelta(minutes=1))
    again = {"cart_id": "k1", "products": [{"product_id": "pepperoni", "price": 1500, "quantity": 1}]}
    await stack.track("kolya", "Cart Updated", source="app", **again)
    seen = await read(api)
    assert content(seen) == {}
    await stack.at(timedelta(minutes=1))
    done = await put(api, KOLYA, {"products": again["products"]}, If_Match=seen.headers["etag"])
    assert content(done) == content(await read(api)) == {"pepperoni": 1}


async def test_a_change_counts_for_journeys_as_any_other(shop: Shop) -> None:
    stack, api = shop
    await put(api, KOLYA, {"products": []}, If_Match="*")
    assert [row["name"] for row in await stack.rows("SELECT name FROM event WHERE name = 'cart_emptied'")]
    assert (await read(api)).json()["items"] == []
    await stack.at(timedelta(minutes=1))
    await put(api, KOLYA, body("salami", price=1500), If_Match="*")
    await stack.stock("salami", 3)
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    assert [channel for channel, _ in stack.sent()] == ["push"]


async def test_an_anonymous_cart_is_there_after_the_login(shop: Shop) -> None:
    stack, api = shop
    await stack.person("olya", "push")
    await stack.track("laptop", "Product Added", cart_id="a1", product_id="olives", price=90, quantity=1)
    await merged(stack, "olya", "laptop")
    for name in ("olya", "laptop"):
        seen = await read(api, f"/v1/customers/{name}/cart")
        assert (seen.json()["cart_id"], content(seen)) == ("a1", {"olives": 1})


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 422),
        ({"products": "x"}, 422),
        ({"products": [{"product_id": "p", "qty": 2}]}, 422),
        ({"products": [{"product_id": "p"}], "items": []}, 422),
        ({"products": [{"product_id": "p", "quantity": "two"}]}, 400),
        ({"products": [{"product_id": "p", "quantity": -1}]}, 400),
        ({"products": [{"product_id": "p", "price": "cheap"}]}, 400),
        ({"products": [{"product_id": "p" * 400}] * 200}, 400),
        ({"products": [{"product_id": "p"}] * 501}, 422),
    ],
)
async def test_a_cart_that_cannot_be_read_changes_nothing(shop: Shop, said: Any, status: int) -> None:
    stack, api = shop
    before = (await read(api)).headers["etag"]
    answer = await put(api, KOLYA, said, If_Match=before)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await read(api)).headers["etag"] == before
    assert await stack.rows("SELECT 1 FROM event WHERE name = 'cart_snapshot'") == []


async def test_prices_may_be_written_as_people_write_them(shop: Shop) -> None:
    _, api = shop
    done = await put(api, KOLYA, body("salami", price="1 500,50", quantity="2"), If_Match="*")
    assert done.json()["items"][0]["price"] == 1500.5 and done.json()["total"] == 3001


async def test_who_may_write_and_who_may_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in a page writes and reads nothing here; a key that reads does not write."""
    monkeypatch.setattr(auth, "CACHED_FOR", 0)
    stack, api = shop
    for key, status in ((SITE, 403), (ADMIN, 403), ("nobodys", 401)):
        refused(await put(api, KOLYA, body("x"), key=key, If_Match="*"), status)
    refused(await api.client.put(KOLYA, json=body("x"), headers={"If-Match": "*"}), 401)
    reads = await api_keys.make_key(stack.runtime, [Scope.READ], source=None, name="", by="anna")
    refused(await api.admin("PUT", KOLYA, key=reads.key, json=body("x"), headers={"If-Match": "*"}), 403)
    refused(await api.client.get(KOLYA, auth=(STORE, "")), 401)
    refused(await api.admin("GET", KOLYA, key=SITE), 403)
    both = [Scope.READ, Scope.INGEST]
    till = await api_keys.make_key(stack.runtime, both, source="store", name="", by="anna")
    assert (await api.admin("GET", KOLYA, key=till.key)).status_code == 200
    answer = await api.admin("PUT", KOLYA, key=till.key, json=body("x"), headers={"If-Match": "*"})
    assert answer.status_code == 200


async def test_no_page_of_another_origin_reads_or_writes(shop: Shop) -> None:
    _, api = shop
    origin = {"Origin": "https://shop.example"}
    for path in (KOLYA, "/v1/customers/kolya", "/v1/products/p1/stock", "/v1/promos/X"):
        assert "access-control-allow-origin" not in (await api.admin("GET", path, headers=origin)).headers
        asked = origin | {"Access-Control-Request-Method": "GET"}
        assert "access-control-allow-origin" not in (await api.client.options(path, headers=asked)).headers
    answer = await api.client.options("/v1/track", headers=origin | {"Access-Control-Request-Method": "POST"})
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_nobodys_cart_is_404(shop: Shop) -> None:
    _, api = shop
    refused(await api.admin("GET", "/v1/customers/nobody/cart"), 404)
    refused(await put(api, "/v1/customers/nobody/cart", body("x"), If_Match="*"), 404)


async def test_of_somebody_without_an_id_no_cart_can_be_told(shop: Shop) -> None:
    stack, api = shop
    await stack.person("olya", "email")
    await stack.rows("DELETE FROM identity WHERE 'olya' IN (SELECT value FROM identity)")
    path = "/v1/customers/email:olya@customer.example/cart"
    assert (await read(api, path)).json()["items"] == []
    answer = await put(api, path, body("x"), If_Match="*")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:kaskad:problem:customer-without-id")


async def test_a_terminal_that_asks_again_is_told_that_nothing_changed(shop: Shop) -> None:
    _, api = shop
    tag = (await read(api)).headers["etag"]
    answer = await api.admin("GET", KOLYA, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.text, answer.headers["etag"]) == (304, "", tag)
    assert (await put(api, KOLYA, body("x"), If_Match=tag)).status_code == 200
    assert (await api.admin("GET", KOLYA, headers={"If-None-Match": tag})).status_code == 200


async def test_the_first_look_after_a_change_sees_it_while_events_come_in(shop: Shop) -> None:
    """How long that takes is measured by the bench (`--only reading`)."""
    _, api = shop

    async def load(number: int) -> None:
        for turn in range(6):
            events = [
                {"type": "track", "event": "Product Viewed", "userId": f"u{number}-{turn}-{n}", "properties": {}}
                for n in range(50)
            ]
            assert (await api.call("/v1/batch", {"batch": events})).status_code == 200

    loading = [asyncio.create_task(load(number)) for number in range(2)]
    for turn in range(10):
        assert (await put(api, KOLYA, body(f"p{turn}"), If_Match="*")).status_code == 200
        assert content(await read(api)) == {f"p{turn}": 1}
    await asyncio.gather(*loading)
