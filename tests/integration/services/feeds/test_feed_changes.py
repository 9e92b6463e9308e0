"""A feed is compared with what it said last; what changed is told as events of products, and nothing else is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from kaskad.services.feeds.problems import FeedProblem
from tests.support.feed_host import FEED, FeedHost, count_events, feed_host, news, offer, products, read, yml
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


@pytest.fixture
async def host() -> AsyncIterator[FeedHost]:
    async with feed_host() as found:
        yield found


@pytest.fixture
async def shop(host: FeedHost, open_stack: OpenStack) -> Stack:
    return await open_stack(edit=host.feed())


async def again(stack: Stack, host: FeedHost, *offers: str) -> None:
    """An hour later the feed holds these."""
    await stack.at(HOUR)
    host.body = yml(*offers)
    found = await read(stack)
    assert not found.problem, found.describe()


async def test_a_first_reading_fills_the_catalogue_and_raises_nothing(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a", price="1 500,50", count=3), offer("b", available="false"))
    found = await read(shop)
    assert (found.offers, found.changed, found.gone, found.faults) == (2, 2, 0, 0)
    known = await products(shop)
    assert known["a"]["attributes"] == {"id": "a", "title": "Name a", "price": "1500.50", "category": "Pizza"}
    assert (known["a"]["stock"], known["b"]["stock"]) == ({"online": 3}, {"online": 0})
    assert await news(shop) == []


async def test_differences_raise_what_events_of_products_raise(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a", count=0), offer("b", price=900), offer("c"))
    await read(shop)
    await again(shop, host, offer("a", count=4), offer("b", price=700), offer("c"))
    assert await news(shop) == [("back_in_stock", "a"), ("price_drop", "b")]


async def test_what_did_not_change_writes_nothing(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a"), offer("b"), offer("c", count="0.5"))
    await read(shop)
    before, rows = await count_events(shop), await shop.rows("SELECT xmin, * FROM feed_offer ORDER BY id")
    await again(shop, host, offer("c", count="0,50"), offer("b", price="500.00"), offer("a"))
    assert await count_events(shop) == before
    assert await shop.rows("SELECT xmin, * FROM feed_offer ORDER BY id") == rows, "in other words and another order"


async def test_only_what_changed_of_an_offer_is_told(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a"))
    await read(shop)
    await again(shop, host, offer("a", count=4))
    rows = await shop.rows("SELECT name FROM event WHERE source = %(s)s ORDER BY id", s=FEED)
    assert [row["name"] for row in rows] == ["product_updated", "product_stock_changed", "product_stock_changed"]


async def test_the_same_document_is_no_work(host: FeedHost, shop: Stack) -> None:
    host.body, host.etag = yml(offer("a")), '"one"'
    await read(shop)
    await shop.at(HOUR)
    found = await read(shop)
    assert (found.same, host.asked[1]["If-None-Match"]) == (True, '"one"')
    (state,) = await shop.rows("SELECT due_at, read_at, etag FROM feed_state")
    assert state == {"due_at": shop.now + HOUR, "read_at": shop.now, "etag": '"one"'}


async def test_a_feed_that_is_described_otherwise_is_read_anew(host: FeedHost, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=host.feed())
    host.body, host.etag = yml(offer("a")), '"one"'
    await read(stack)
    await stack.rows("UPDATE feed_state SET settings = 'as it was described before'")
    assert not (await read(stack)).same


async def test_a_vanished_offer_is_out_of_stock_and_back_when_it_returns(host: FeedHost, shop: Stack) -> None:
    host.body = yml(*map(offer, "abcdefghij"))
    await read(shop)
    await again(shop, host, *map(offer, "bcdefghij"))
    known = await products(shop)
    assert (known["a"]["stock"], known["b"]["stock"]) == ({"online": 0}, {"online": 5})
    await again(shop, host, *map(offer, "bcdefghij"))
    assert await news(shop) == [], "gone once"
    await again(shop, host, *map(offer, "abcdefghij"))
    assert await news(shop) == [("back_in_stock", "a")]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (yml(*map(offer, "abcdef")), FeedProblem.SHRUNK),
        (yml(*(offer(id_, count=0 if id_ in "abc" else 5) for id_ in "abcdefghij")), FeedProblem.SOLD_OUT),
        (yml(*(offer(id_, available="false") for id_ in "abcdefghij")), FeedProblem.SOLD_OUT),
        (yml(*(offer(f"x{id_}") for id_ in "abcdefghijkl")), FeedProblem.SHRUNK),
        (yml(*(offer(id_, price=5 if id_ in "abc" else 500) for id_ in "abcdefghij")), FeedProblem.PRICES),
        (yml(*(offer(id_, price=50_000) for id_ in "abcdefghij")), FeedProblem.PRICES),
        (yml(), FeedProblem.EMPTY),
        (yml(*map(offer, "abcdefghij"))[:-30], FeedProblem.BROKEN),
        (b"<html><body>Sorry</body></html>", FeedProblem.BROKEN),
        (b"", FeedProblem.BROKEN),
    ],
)
async def test_a_broken_feed_changes_nothing(host: FeedHost, shop: Stack, body: bytes, problem: FeedProblem) -> None:
    host.body = yml(*map(offer, "abcdefghij"))
    await read(shop)
    before, known = await count_events(shop), await products(shop)
    await shop.at(HOUR)
    host.body = body
    found = await read(shop)
    assert (found.problem, await count_events(shop), await products(shop)) == (problem, before, known)
    await again(shop, host, *map(offer, "abcdefghij"))
    assert await news(shop) == [], "nobody is told that everything is back"


async def test_a_person_can_say_that_it_is_so(host: FeedHost, shop: Stack) -> None:
    host.body = yml(*map(offer, "abcdefghij"))
    await read(shop)
    await shop.at(HOUR)
    host.body = yml(*map(offer, "abc"))
    assert (await read(shop)).problem is FeedProblem.SHRUNK
    found = await read(shop, accept=True)
    assert (found.problem, found.gone) == (None, 7)


async def test_a_kill_in_the_midst_tells_nothing_twice(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a", count=0), offer("b", price=900))
    await read(shop)
    await shop.at(HOUR)
    host.body = yml(offer("a", count=4), offer("b", price=700))

    class Killed(BaseException):
        pass

    async def kill(point: Failpoint) -> None:
        if point is Failpoint.FEED_TOLD:
            raise Killed

    with failpoint_hook(kill), pytest.raises(Killed):
        await read(shop)
    told = await count_events(shop)
    await shop.at(HOUR)
    await read(shop)
    assert await count_events(shop) == told
    assert await news(shop) == [("back_in_stock", "a"), ("price_drop", "b")]


async def test_two_workers_never_read_the_same_feed_at_once(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a"))
    found = []

    async def meanwhile(point: Failpoint) -> None:
        if point is Failpoint.FEED_TOLD:
            found.append(await read(shop))

    with failpoint_hook(meanwhile):
        first = await read(shop)
    assert (first.busy, [result.busy for result in found], len(host.asked)) == (False, [True], 1)


async def test_a_worker_that_was_taken_for_dead_stores_nothing_more(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a"))

    async def meanwhile(point: Failpoint) -> None:
        if point is Failpoint.FEED_TOLD:
            await shop.rows("UPDATE feed_state SET fence = fence + 1")

    with failpoint_hook(meanwhile):
        assert (await read(shop)).busy
    assert await shop.rows("SELECT FROM feed_offer") == []
