"""`kaskad feeds`: how feeds stand, what one would change, and reading it now."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.commands import Shop
from tests.support.feed_host import offer, yml


class Handler(BaseHTTPRequestHandler):
    """Serves `body`."""

    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Handler.body = yml(offer("a"), offer("b"), offer(""))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/feed"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def with_feed(shop: Shop, url: str) -> None:
    (shop.folder / "configs/feeds.yaml").write_text(f"shop_yml: {{url: '{url}', format: yml, every: 1h}}\n")


def test_before_and_after_it_is_published(published: Shop, url: str) -> None:
    assert published.run("feeds").out.startswith("there is no feed yet")
    with_feed(published, url)
    tried = published.run("feeds", "shop_yml", "--dry-run")
    assert (tried.code, "Nothing was stored" in tried.out, "names no product" in tried.out) == (0, True, True)
    assert published.run("feeds", "shop_yml", "--run").code != 0, "it is not published yet"
    assert published.run("publish", "--no-prefect").code == 0
    done = published.run("feeds", "shop_yml", "--run", "--json").document
    assert (done["offers"], done["changed"], done["faults"], done["problem"]) == (2, 2, 1, None)
    (listed,) = published.run("feeds", "--json").document["feeds"]
    assert (listed["name"], listed["state"], listed["counts"]["offers"]) == ("shop_yml", "read", 2)
    assert "shop_yml" in published.run("feeds").out
    assert "no_product" in published.run("rejected", "--source", "shop_yml").out


def test_a_feed_that_cannot_be_taken_in(published: Shop, url: str) -> None:
    with_feed(published, url)
    assert published.run("publish", "--no-prefect").code == 0
    Handler.body = b"<html>"
    done = published.run("feeds", "shop_yml", "--run")
    assert (done.code, "not taken in" in done.out, "line 1, column" in done.out) == (1, True, True)
    assert "BROKEN" in published.run("feeds").out


@pytest.mark.parametrize(
    "arguments", [("--run",), ("shop_yml", "--accept"), ("shop_yml", "--run", "--dry-run"), ("--dry-run",)]
)
def test_options_that_do_not_fit(published: Shop, arguments: tuple[str, ...]) -> None:
    assert published.run("feeds", *arguments).code == 2


def test_a_name_that_is_none(published: Shop, url: str) -> None:
    with_feed(published, url)
    said = published.run("feeds", "shop_yaml", "--dry-run")
    assert (said.code, "did you mean 'shop_yml'" in said.err) == (2, True)
