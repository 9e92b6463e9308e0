"""The stock Segment client against a real HTTP server: everything arrives as it was, and nothing is lost in silence."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from kaskad.sandbox.shop.segment_feed import FeedFailed, SegmentFeed

KEYS = {"site": "key-site", "app": "key-app", "store": "key-store"}


def machine_now() -> datetime:
    return datetime.now(UTC)


class Receiver(ThreadingHTTPServer):
    """Keeps what it got, with the write key and the instant just before its answer; answers what it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.messages: list[tuple[str, dict]] = []
        self.before_answer: dict[UUID, datetime] = {}
        self.answers: list[int] = []  # the next ones; then 200
        self.refuses = ""  # a write key

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        batch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["batch"]
        key = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode().removesuffix(":")
        status = 401 if key == self.server.refuses else (self.server.answers or [200]).pop(0)
        if status == 200:
            self.server.messages += [(key, message) for message in batch]
            for message in batch:
                self.server.before_answer[UUID(message["messageId"])] = machine_now()
        body = b"{}"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def post(receiver: Receiver, events) -> dict[UUID, datetime]:
    async def posted() -> dict[UUID, datetime]:
        async with SegmentFeed(receiver.url, KEYS, machine_now) as feed:
            await feed.post(events)
            return feed.answered

    return asyncio.run(posted())


def test_ten_thousand_events_arrive_with_their_source_ids_and_times(receiver, shop) -> None:
    events = shop.events[:10_000]
    answered = post(receiver, events)
    got = {UUID(message["messageId"]): (key, message) for key, message in receiver.messages}
    assert len(receiver.messages) == len(got) == len(events)
    assert answered.keys() == got.keys()
    for event in events:
        key, message = got[event.message_id]
        assert (key, message["type"]) == (KEYS[event.source], event.kind)
        assert (message["userId"], message["anonymousId"]) == (event.user, event.anonymous_id)
        assert datetime.fromisoformat(message["timestamp"]) == event.at
        if event.kind == "track":
            assert (message["event"], message["properties"]) == (event.name, event.properties)
        else:
            assert message["traits"] == event.traits
        assert message["context"].items() >= event.context.items()


def test_the_events_themselves_stay_as_they_were(receiver, shop) -> None:
    event = next(event for event in shop.events if event.source == "store")
    post(receiver, [event])
    assert list(event.context) == ["externalIds"]


def test_an_answer_is_noted_after_it_came_and_soon_after(receiver, shop) -> None:
    answered = post(receiver, shop.events[:2_000])
    lags = sorted(at - receiver.before_answer[message_id] for message_id, at in answered.items())
    assert lags[0] >= timedelta(0)
    assert lags[len(lags) // 2] < timedelta(milliseconds=50)


def test_what_the_client_repeats_after_an_outage_arrives(receiver, shop) -> None:
    receiver.answers = [503, 503]
    assert len(post(receiver, shop.events[:150])) == 150
    assert len(receiver.messages) == 150


def test_a_refused_batch_is_an_error_and_was_not_answered(receiver, shop) -> None:
    events = [event for event in shop.events if event.source == "store"][:30]
    receiver.answers = [400]
    with pytest.raises(FeedFailed, match="not taken"):
        post(receiver, events)
    assert receiver.messages == []


def test_a_source_that_is_refused_does_not_stop_the_others(receiver, shop) -> None:
    receiver.refuses = KEYS["site"]
    events = [event for source in KEYS for event in [e for e in shop.events if e.source == source][:250]]
    with pytest.raises(FeedFailed):
        post(receiver, events)
    assert Counter(key for key, _ in receiver.messages) == {KEYS["app"]: 250, KEYS["store"]: 250}


def test_a_feed_posts_again_and_again(receiver, shop) -> None:
    async def twice() -> int:
        async with SegmentFeed(receiver.url, KEYS, machine_now) as feed:
            await feed.post(shop.events[:10])
            await feed.post([])
            await feed.post(shop.events[10:25])
            return len(feed.answered)

    assert asyncio.run(twice()) == len(receiver.messages) == 25
