"""Six stock clients against the real API: nothing of them is changed but their host, and nothing they say is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.clients import installed
from tests.integration.api.front import SITE, ApiClient, front
from tests.support.browser import open_tab
from tests.support.rules import CARTS
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio
STORY = installed.HERE / "story.json"
WITHIN = 60  # seconds
TOLD = ["identify", "order_completed", "product_added"]


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[ApiClient]:
    """The shipped shop: the key of its site is public."""
    async with running_stack(database_url, tmp_path, edit=CARTS) as stack, front(stack) as api:
        yield api


def run_python(module: str, folder: Path | None, api: str) -> None:
    """Plays the story with a client for Python."""
    path = {"PYTHONPATH": str(folder)} if folder else {}
    script = str(installed.HERE / "python_client.py")
    _run([sys.executable, script, module, api, SITE, "kolya", str(STORY)], **path)


def run_node(script: str, api: str) -> None:
    """Plays the story with a client for Node."""
    _run(["node", str(installed.HERE / script), api, SITE, "kolya", str(STORY)], NODE_PATH=str(installed.NODE))


def _run(command: list[str], **environment: str) -> None:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=WITHIN, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


CLIENTS = [
    pytest.param(partial(run_python, "segment.analytics", None), "", id="segment-analytics-python"),
    pytest.param(
        partial(run_python, "rudderstack.analytics", installed.PYTHON["rudder"]),
        installed.missing(sys.executable, installed.PYTHON["rudder"]),
        id="rudder-sdk-python",
    ),
    pytest.param(
        partial(run_python, "analytics", installed.PYTHON["older_segment"]),
        installed.missing(sys.executable, installed.PYTHON["older_segment"]),
        id="analytics-python",
    ),
    *(
        pytest.param(partial(run_node, script), installed.missing("node", installed.NODE), id=id_)
        for script, id_ in (("segment_node.cjs", "@segment/analytics-node"), ("rudder_node.cjs", "rudder-sdk-node"))
    ),
]


@pytest.mark.parametrize(("play", "lacks"), CLIENTS)
async def test_a_client_tells_its_story(shop: ApiClient, play: Callable[[str], None], lacks: str) -> None:
    if lacks:
        pytest.skip(lacks)
    await asyncio.to_thread(play, str(shop.client.base_url).rstrip("/"))
    await came_out_right(shop)


async def test_the_browsers_client_needs_its_host_alone(shop: ApiClient, tmp_path: Path) -> None:
    if lacks := installed.missing("node", installed.NODE):
        pytest.skip(lacks)
    api = str(shop.client.base_url).rstrip("/")
    told = {"api": api, "key": SITE, "user": "kolya", "told": json.loads(STORY.read_text("utf-8"))}
    with served_page() as page:
        async with open_tab(tmp_path / "profile") as tab, asyncio.timeout(WITHIN):
            await tab.open(f"{page}/browser.html#{quote(json.dumps(told))}")
            while not (await came(shop) == TOLD and await rejected(shop)):  # noqa: ASYNC110 - the browser says nothing
                await asyncio.sleep(0.2)
    await came_out_right(shop)


async def came(api: ApiClient) -> list[str]:
    rows = await api.rows("SELECT DISTINCT name FROM event WHERE source = 'site' ORDER BY name")
    return [row["name"] for row in rows if row["name"] in TOLD]


async def rejected(api: ApiClient) -> list[dict[str, Any]]:
    return await api.rows("SELECT source, code, stored FROM rejected_event")


async def came_out_right(api: ApiClient) -> None:
    """Profile and cart are as told; the event that a public key may not tell is named, and nothing of it is done."""
    assert await came(api) == TOLD
    (customer,) = await api.rows(
        "SELECT c.id, attributes->>'first_name' AS name FROM customer c JOIN identity i ON i.customer_id = c.id"
        " WHERE i.kind = 'user_id' AND i.value = 'kolya'"
    )
    assert customer["name"] == "Коля"
    contacts = await api.rows(f"SELECT channel, address, state FROM contact WHERE customer_id = {customer['id']}")
    assert contacts == [{"channel": "email", "address": "kolya@customer.example", "state": "active"}]
    carts = await api.rows(f"SELECT cart_id, total FROM cart WHERE customer_id = {customer['id']} AND cart_id = 'k1'")
    assert [(cart["cart_id"], int(cart["total"])) for cart in carts] == [("k1", 1180)]
    orders = await api.rows("SELECT properties->>'order_id' AS id FROM event WHERE name = 'order_completed'")
    assert orders == [{"id": "o1"}]
    assert await rejected(api) == [{"source": "site", "code": "catalogue_not_allowed", "stored": False}]
    assert await api.rows("SELECT 1 FROM product WHERE stock <> '{}'") == []


@contextlib.contextmanager
def served_page() -> Iterator[str]:
    """The page and the client's own build, on a host of their own: other than the API's."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def translate_path(self, path: str) -> str:
            name = path.rpartition("/")[2]
            build = installed.NODE / "@segment" / "analytics-next" / "dist" / "umd"
            return str(build / name if path.startswith("/umd/") else installed.HERE / "browser.html")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
