"""A real HTTP server with the documents of feeds, and projects whose feeds lead to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from kaskad.domain.duration import Duration
from kaskad.domain.feeds import Feed
from kaskad.domain.journeys.project import Project
from kaskad.services.feeds import feed_runs
from kaskad.services.feeds.results import FeedResult
from tests.support.stack import Stack

FEED = "shop_feed"
Answer = Callable[[web.Request], Any]


@dataclass
class FeedHost:
    """What it serves at `/feed`, and how; `asked` are the headers of each request."""

    body: bytes = b""
    etag: str | None = None
    modified: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    answer: Answer | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.headers))
        if self.answer is not None:
            found: web.StreamResponse = await self.answer(request)
            return found
        own = {"ETag": self.etag, "Last-Modified": self.modified}
        headers = {**self.headers, **{name: value for name, value in own.items() if value}}
        if self.etag and request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304, headers=headers)
        return web.Response(status=self.status, body=self.body, headers=headers)

    def feed(self, format_: str = "yml", **said: Any) -> Callable[[Project], Project]:
        """The project with one feed, which leads here."""
        usual = {"title": "Products", "owner": "catalogue@shop.example", "every": Duration(seconds=3_600)}
        feed = Feed.model_validate({"name": FEED, "url": self.url, "format": format_, **usual, **said})
        return lambda project: project.model_copy(update={"feeds": {FEED: feed}})


@asynccontextmanager
async def feed_host() -> AsyncIterator[FeedHost]:
    """A server on a port of its own."""
    host = FeedHost()
    app = web.Application()
    app.router.add_get("/{path:.*}", host.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.port = runner.addresses[0][1]
    try:
        yield host
    finally:
        await runner.cleanup()


def yml(*offers: str, date: str = "") -> bytes:
    """A document of Yandex's format with these offers."""
    dated = f' date="{date}"' if date else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<yml_catalog{dated}><shop><name>S</name>'
        '<currencies><currency id="RUR" rate="1"/></currencies>'
        '<categories><category id="1">Pizza</category><category id="2" parentId="1">Hot</category></categories>'
        f"<offers>{''.join(offers)}</offers></shop></yml_catalog>"
    ).encode()


def offer(id_: str, *, price: object = 500, count: object = 5, available: str = "true", more: str = "") -> str:
    """One offer of that format; without `count` if it is None."""
    counted = "" if count is None else f"<count>{count}</count>"
    return (
        f'<offer id="{id_}" available="{available}"><name>Name {id_}</name><price>{price}</price>'
        f"<currencyId>RUR</currencyId><categoryId>1</categoryId>{counted}{more}</offer>"
    )


async def read(stack: Stack, **said: Any) -> FeedResult:
    """Reads the feed now."""
    found = await feed_runs.read_feed(stack.runtime, FEED, asked=True, **said)
    assert found is not None
    return found


async def news(stack: Stack) -> list[tuple[str, str]]:
    """What happened to products, in order: the event and the product."""
    rows = await stack.rows(
        "SELECT name, properties->>'product_id' AS id FROM event WHERE message_id LIKE '%%#%%' ORDER BY id, event.id"
    )
    return [(row["name"], row["id"]) for row in rows]


async def products(stack: Stack) -> dict[str, dict[str, Any]]:
    """The catalogue."""
    rows = await stack.rows("SELECT id, attributes, stock FROM product ORDER BY id")
    return {row["id"]: row for row in rows}


async def count_events(stack: Stack) -> int:
    """How many events are stored."""
    (row,) = await stack.rows("SELECT count(*) AS n FROM event")
    return int(row["n"])
