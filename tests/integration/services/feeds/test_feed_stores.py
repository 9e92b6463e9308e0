"""Stock by store, and what customers hear of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from kaskad.services.feeds.problems import FeedProblem
from tests.support.feed_host import FeedHost, feed_host, news, offer, products, read, yml
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
OWN = {"sku": "product_id", "left": "stock", "cost": "price"}


@pytest.fixture
async def host() -> AsyncIterator[FeedHost]:
    async with feed_host() as found:
        yield found


async def later(stack: Stack, host: FeedHost, body: str | bytes) -> None:
    await stack.at(HOUR)
    host.body = body if isinstance(body, bytes) else body.encode()
    found = await read(stack, accept=True)
    assert not found.problem, found.describe()


async def stock(stack: Stack) -> dict[str, dict[str, int]]:
    return {id_: product["stock"] for id_, product in (await products(stack)).items()}


async def test_a_row_for_each_product_in_each_store(host: FeedHost, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=host.feed("csv", columns=OWN, store="shop"))
    await later(stack, host, "sku;shop;left;cost\na;Lenina 5;2;100\na;Mira 1;0;90\nb;Mira 1;4;50\n")
    assert await stock(stack) == {"a": {"Lenina 5": 2, "Mira 1": 0}, "b": {"Mira 1": 4}}
    assert (await products(stack))["a"]["attributes"]["price"] == "100.00", "the first row describes the product"
    assert await news(stack) == [], "two prices in one document are no fall"
    await later(stack, host, "sku;shop;left;cost\na;Lenina 5;0;100\na;Mira 1;0;90\nb;Mira 1;4;50\n")
    await later(stack, host, "sku;shop;left;cost\na;Mira 1;3;100\nb;Mira 1;4;50\n")
    assert await stock(stack) == {"a": {"Lenina 5": 0, "Mira 1": 3}, "b": {"Mira 1": 4}}
    assert await news(stack) == [("back_in_stock", "a")]


async def test_a_store_that_an_offer_does_not_name_any_more_has_none(host: FeedHost, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=host.feed())
    both = '<outlets><outlet id="s1" instock="2"/><outlet id="s2" instock="5"/></outlets>'
    await later(stack, host, yml(offer("a", count=None, more=both)))
    assert await stock(stack) == {"a": {"s1": 2, "s2": 5}}
    await later(stack, host, yml(offer("a", count=None, more='<outlets><outlet id="s2" instock="5"/></outlets>')))
    assert await stock(stack) == {"a": {"s1": 0, "s2": 5}}
    await later(stack, host, yml(offer("a", count=None, available="false")))
    assert {**(await stock(stack))["a"], "online": 0} == {"s1": 0, "s2": 0, "online": 0}


async def test_an_offer_without_a_word_about_stock(host: FeedHost, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=host.feed("csv", available_units=50))
    rows = [f"{id_},{price}" for id_, price in (("a", 1), ("b", 2), ("c", 3))]
    await later(stack, host, "\n".join(["id,price", *rows, ""]))
    assert await stock(stack) == {"a": {}, "b": {}, "c": {}}
    await later(stack, host, "\n".join(["id,price", *rows[1:], ""]))
    assert (await stock(stack))["a"] == {"online": 0}
    await later(stack, host, "\n".join(["id,price", *rows, ""]))
    assert (await stock(stack))["a"] == {"online": 50}
    assert await news(stack) == [("back_in_stock", "a")]
    await later(stack, host, "\n".join(["id,price", *rows, ""]))
    assert await news(stack) == [("back_in_stock", "a")]


async def test_quotation_marks_that_do_not_match_let_nothing_vanish(host: FeedHost, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=host.feed("csv"))
    head = "id,name,stock\n"
    await later(stack, host, head + "1,A,5\n2,B,6\n3,C,7\n4,D,8\n")
    await later(stack, host, head + '1,"A,5\n2,B,6\n3,"C",7\n4,D,1\n')
    assert await stock(stack) == {"1": {"online": 5}, "2": {"online": 6}, "3": {"online": 7}, "4": {"online": 1}}


async def test_a_sale_begins_although_the_document_is_the_same(host: FeedHost, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=host.feed("google"))
    dates = "<g:sale_price_effective_date>2027-03-02T14:00+0300/2027-03-02T18:00+0300</g:sale_price_effective_date>"
    item = f"<item><g:id>a</g:id><g:price>100 RUB</g:price><g:sale_price>80 RUB</g:sale_price>{dates}</item>"
    host.etag = '"1"'
    host.body = f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{item}</channel></rss>'.encode()
    prices = []
    for _ in range(8):
        assert not (await read(stack)).problem
        prices.append((await products(stack))["a"]["attributes"]["price"])
        await stack.at(HOUR)
    assert prices == ["100.00"] * 2 + ["80.00"] * 4 + ["100.00"] * 2
    assert sum("If-None-Match" in asked for asked in host.asked) == 5
    assert await news(stack) == [("price_drop", "a")]


async def test_somebody_who_waits_hears_that_it_is_back(host: FeedHost, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=host.feed())
    await stack.person("anna", "email")
    await later(stack, host, yml(offer("a", count=0), offer("b")))
    await stack.track("anna", "product_subscribed", product_id="a")
    await later(stack, host, yml(offer("a", count=3), offer("b")))
    await stack.run("back_in_stock")
    assert stack.sent() == [("email", "anna@customer.example")]


async def test_a_feed_may_tell_the_catalogue_and_nothing_else(host: FeedHost, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=host.feed())
    source = stack.runtime.catalogue.project.source_named("shop_feed")
    assert [str(kind) for kind in source.may] == ["catalogue"]
    assert not source.public
    host.body = b"\x1f\x8b not gzip"
    assert (await read(stack)).problem is FeedProblem.BROKEN
