"""A feed that cannot be taken in is tried again, and its owner is told once; what is odd in it is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from kaskad.domain.errors import NotFound
from kaskad.domain.rejection import RejectionCode
from kaskad.sandbox.providers import Record
from kaskad.services import work_queue
from kaskad.services.feeds import feed_runs, feed_states
from kaskad.services.feeds.problems import FeedProblem
from kaskad.services.ingestion.rejecting import rejected_events
from kaskad.services.operations import alerts, source_health
from tests.support.feed_host import FEED, FeedHost, count_events, feed_host, offer, products, read, yml
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OWNER = "catalogue@shop.example"


@pytest.fixture
async def host() -> AsyncIterator[FeedHost]:
    async with feed_host() as found:
        yield found


@pytest.fixture
async def shop(host: FeedHost, open_stack: OpenStack) -> Stack:
    host.body = yml(*map(offer, "abcde"))
    return await open_stack(edit=host.feed())


async def letters(stack: Stack) -> list[Record]:
    await source_health.check_sources(stack.runtime)
    await alerts.send_alerts(stack.runtime)
    return [record for record in stack.sandbox.received if record.to == OWNER]


async def test_the_owner_of_a_feed_that_shrank_is_told_once_until_it_is_well(host: FeedHost, shop: Stack) -> None:
    await read(shop)
    host.body = yml(*map(offer, "ab"))
    for _ in range(3):
        await shop.at(HOUR)
        assert (await read(shop)).problem is FeedProblem.SHRUNK
        (letter,) = await letters(shop)
    assert letter.fields["subject"] == "Products: the feed could not be taken in"
    assert "3 of 5 offers vanished at once" in letter.fields["text"]
    assert f"kaskad feeds {FEED} --run --accept" in letter.fields["text"]
    host.body = yml(*map(offer, "abcde"))
    await read(shop)
    host.body = yml(*map(offer, "ab"))
    await read(shop)
    assert len(await letters(shop)) == 2


async def test_an_outage_is_told_when_it_lasts(host: FeedHost, shop: Stack) -> None:
    host.status = 503
    assert (await read(shop)).problem is FeedProblem.UNREACHABLE
    assert await letters(shop) == []
    (state,) = await shop.rows("SELECT due_at, failures FROM feed_state")
    assert (state["due_at"] - shop.now, state["failures"]) == (5 * MINUTE, 1), "sooner than its schedule says"
    await shop.at(5 * MINUTE)
    await read(shop)
    assert len(await letters(shop)) == 1
    (state,) = await shop.rows("SELECT due_at FROM feed_state")
    assert state["due_at"] - shop.now == 10 * MINUTE


async def test_the_owner_of_a_silent_feed_is_told(host: FeedHost, shop: Stack) -> None:
    await read(shop)
    await shop.at(3 * HOUR)
    assert await letters(shop) == []
    await shop.at(2 * MINUTE)
    (letter,) = await letters(shop)
    assert letter.fields["subject"] == "Products: nothing is heard of it"


async def test_one_bad_offer_harms_no_other_and_is_kept(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a"), offer(""), offer("b", price="ask us"), offer("c", count="many"), offer("a", price=9))
    found = await read(shop)
    assert (found.offers, found.faults) == (3, 2)
    known = await products(shop)
    assert {id_: product["attributes"].get("price") for id_, product in known.items()} == {
        "a": "500.00",
        "b": None,
        "c": "500.00",
    }
    assert known["c"]["stock"] == {}
    kept = await rejected_events.list_rejected_events(shop.runtime, FEED, None, limit=10)
    assert {code: count for (_, code), count in kept.counts.items()} == {
        RejectionCode.NO_PRODUCT: 1,
        RejectionCode.REPEATED: 1,
        RejectionCode.SPOILED: 2,
    }
    assert any("line 2" in row.detail and "many" in row.detail for row in kept.newest)


async def test_what_is_odd_is_counted_when_it_is_new(host: FeedHost, shop: Stack) -> None:
    host.body = yml(offer("a"), offer("c", count="many"))
    for _ in range(3):
        await read(shop)
    (count,) = await shop.rows("SELECT code, count FROM reject_count")
    assert count == {"code": "spoiled", "count": 1}


async def test_an_offer_that_became_unreadable_stays_as_it_was(host: FeedHost, shop: Stack) -> None:
    await read(shop)
    host.body = yml(offer("a", count="?"), *map(offer, "bcde"))
    assert (await read(shop)).gone == 0
    assert (await products(shop))["a"]["stock"] == {"online": 5}


async def test_a_feed_is_due_on_its_schedule(host: FeedHost, shop: Stack) -> None:
    assert (await work_queue.load_pending_work(shop.runtime)).feeds
    assert await feed_runs.list_due(shop.runtime) == [FEED]
    assert await feed_runs.read_feed(shop.runtime, FEED) is not None
    assert not (await work_queue.load_pending_work(shop.runtime)).feeds
    assert await feed_runs.list_due(shop.runtime) == []
    assert await feed_runs.read_feed(shop.runtime, FEED) is None, "another worker was first"
    assert len(host.asked) == 1
    await shop.at(HOUR)
    assert (await work_queue.load_pending_work(shop.runtime)).feeds
    assert await feed_runs.list_due(shop.runtime) == [FEED]


async def test_a_feed_that_a_worker_reads_starts_no_run(shop: Stack) -> None:
    await shop.rows(
        "INSERT INTO feed_state (name, due_at, busy_until) VALUES (%(n)s, %(at)s, clock_timestamp() + interval '1m')",
        n=FEED,
        at=shop.now,
    )
    assert not (await work_queue.load_pending_work(shop.runtime)).feeds
    await shop.rows("UPDATE feed_state SET busy_until = clock_timestamp() - interval '1s'")
    assert (await work_queue.load_pending_work(shop.runtime)).feeds, "that worker is dead"


async def test_how_feeds_stand(host: FeedHost, shop: Stack) -> None:
    (new,) = await feed_states.list_feeds(shop.runtime)
    assert (new.state, new.read_at) == ("new", None)
    await read(shop)
    (well,) = await feed_states.list_feeds(shop.runtime)
    assert (well.state, well.counts["offers"], well.detail) == ("read", 5, "")
    host.body = yml()
    await read(shop)
    (ill,) = await feed_states.list_feeds(shop.runtime)
    assert (ill.state, ill.detail) == ("empty", "it holds no offer that can be read")
    with pytest.raises(NotFound, match="did you mean 'shop_feed'"):
        await feed_states.list_feeds(shop.runtime, "shop_fed")


async def test_a_dry_run_stores_nothing(host: FeedHost, shop: Stack) -> None:
    feed = shop.runtime.catalogue.project.feeds
    await read(shop)
    before = await count_events(shop), await shop.rows("SELECT * FROM feed_state")
    host.body = yml(*map(offer, "bcde"), offer("f", price="7,50"), offer("g", count="x"), offer(""))
    result, changes = await feed_runs.try_feed(shop.runtime, feed[FEED])
    assert (result.offers, result.changed, result.gone, result.faults) == (6, 2, 1, 1)
    assert changes[0] == "f: name Name f, price 7.50, stock in online: 5"
    assert [remark.code for remark in result.remarks] == [RejectionCode.NO_PRODUCT, RejectionCode.SPOILED]
    host.body = yml(offer("a"))
    assert (await feed_runs.try_feed(shop.runtime, feed[FEED]))[0].problem is FeedProblem.SHRUNK
    assert (await count_events(shop), await shop.rows("SELECT * FROM feed_state")) == before
    assert await shop.rows("SELECT FROM rejected_event") == []


async def test_the_values_count_from_the_time_of_the_document(host: FeedHost, shop: Stack) -> None:
    """What a till told after the feed was written stands."""
    host.body = yml(offer("a"), date="2027-03-02 11:00")
    await shop.rows(
        "INSERT INTO product (id, attributes, stock, told_at) VALUES ('a', '{}', %(stock)s, %(told)s)",
        stock='{"online": 1}',
        told='{"stock.online": "2027-03-02T08:30:00.000000+00:00"}',
    )
    found = await read(shop)
    assert found.told_at is not None and found.told_at.hour == 8, "11:00 in Moscow"
    assert (await products(shop))["a"]["stock"] == {"online": 1}
    host.body = yml(offer("a", count=7), date="2020-01-01 11:00")
    assert (await read(shop)).told_at == shop.now, "a date that nobody keeps is none"
    assert (await products(shop))["a"]["stock"] == {"online": 7}
