"""The stock Segment client against the real API over real HTTP: nothing of it is changed but the host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection, Connection, sql
from psycopg.rows import dict_row
from segment.analytics.client import Client

from kaskad import settings
from kaskad.api.app import create_app
from kaskad.api.server import serve_api
from tests.contract.world import until
from tests.support.paths import ROOT

pytestmark = pytest.mark.anyio
KEY, APP_KEY = "key-of-the-site", "key-of-the-app"
DAY = datetime(2026, 11, 2, 10, tzinfo=UTC)


@dataclass
class Counterpart:
    """The API, and what its clients reported as lost."""

    url: str
    database_url: str
    lost: list[tuple[Exception, list[dict[str, Any]]]] = field(default_factory=list)

    def client(self, key: str = KEY, **options: Any) -> Client:
        return Client(key, host=self.url, on_error=lambda error, batch: self.lost.append((error, batch)), **options)

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        async with await AsyncConnection.connect(self.database_url, row_factory=dict_row) as connection:
            return await (await connection.execute(sql)).fetchall()


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Counterpart]:
    environment = {
        "KASKAD_DATABASE_URL": database_url,
        "KASKAD_HOME": str(tmp_path),
        "KASKAD_WRITE_KEYS": f"site:{KEY},app:{APP_KEY}",
    }
    app = create_app(settings.load_settings(ROOT, environment))
    async with serve_api(app, "127.0.0.1", 0) as url:
        yield Counterpart(url, database_url)


async def ended(client: Client) -> None:
    """Everything was posted and answered; the client's threads are gone."""
    await asyncio.to_thread(client.shutdown)


@pytest.mark.parametrize("gzip", [False, True])
async def test_every_call_of_the_client_is_taken(api: Counterpart, gzip: bool) -> None:
    client = api.client(gzip=gzip)
    client.identify("kolya", {"firstName": "Коля", "email": "kolya@mail.example"})
    client.track("kolya", "Product Viewed", {"product_id": "pepperoni", "price": 1500})
    client.track(anonymous_id="a1", event="Application Opened")
    client.page("kolya", "shop", "Cart")
    client.screen("kolya", "shop", "Cart")
    client.group("kolya", "g1")
    client.alias("k0", "kolya")
    await ended(client)
    assert api.lost == []
    names = [row["name"] for row in await api.rows("SELECT name FROM event WHERE source = 'site' ORDER BY name")]
    assert names == [
        "aliased",
        "application_opened",
        "group_joined",
        "identify",
        "page_viewed",
        "product_viewed",
        "screen_viewed",
    ]
    said = {row["name"]: row["properties"] for row in await api.rows("SELECT name, properties FROM event")}
    assert said["page_viewed"] == said["screen_viewed"] == {"category": "shop", "name": "Cart"}
    assert (said["group_joined"], said["aliased"]) == ({"group_id": "g1"}, {"previous_id": "k0"})
    (profile,) = await api.rows("SELECT attributes FROM customer WHERE attributes ? 'email'")
    assert profile["attributes"]["first_name"] == "Коля"


async def test_each_client_speaks_for_the_source_of_its_key(api: Counterpart) -> None:
    for key in (KEY, APP_KEY):
        client = api.client(key)
        client.track("kolya", "Product Viewed", message_id=key)
        await ended(client)
    rows = await api.rows("SELECT message_id, source FROM event ORDER BY source")
    assert rows == [{"message_id": APP_KEY, "source": "app"}, {"message_id": KEY, "source": "site"}]


async def test_times_and_ids_arrive_as_they_were_given_and_twice_is_once(api: Counterpart) -> None:
    for _ in range(2):
        client = api.client()
        client.track("kolya", "Product Viewed", timestamp=DAY, message_id="m1")
        await ended(client)
    (row,) = await api.rows("SELECT message_id, occurred_at FROM event")
    assert row["message_id"] == "m1"
    assert abs(row["occurred_at"] - DAY) < timedelta(seconds=5), "corrected by the skew alone"


async def test_the_longest_batches_and_events_that_the_client_lets_through_are_taken(api: Counterpart) -> None:
    client = api.client(max_queue_size=100)
    for number in range(40):
        client.track("kolya", "Product Viewed", {"x": "x" * 32_300}, message_id=f"{number}")
    client.track("kolya", "Product Viewed", {"x": "я" * 5_380}, message_id="in Russian")
    await ended(client)
    assert [str(error) for error, _ in api.lost] == []
    (count,) = await api.rows("SELECT count(*) AS events, max(length(properties->>'x')) AS longest FROM event")
    assert count == {"events": 41, "longest": 32_300}


async def test_a_wrong_key_is_an_error_that_the_client_reports_at_once(api: Counterpart) -> None:
    client = api.client("wrong")
    client.track("kolya", "Product Viewed")
    await ended(client)
    ((error, batch),) = api.lost
    assert getattr(error, "status", None) == 401
    assert len(batch) == 1
    assert await api.rows("SELECT 1 FROM event") == []


async def test_what_could_not_be_stored_is_sent_again_until_it_is(
    api: Counterpart, postgres_admin: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    client = api.client()
    with closed(api.database_url, postgres_admin):
        client.track("kolya", "Product Viewed", message_id="m1")
        assert await until(lambda: "not served" in caplog.text)
    await ended(client)
    assert api.lost == []
    assert await api.rows("SELECT message_id FROM event") == [{"message_id": "m1"}]


@contextmanager
def closed(database_url: str, admin: Connection) -> Iterator[None]:
    """Nobody can reach the database meanwhile, and who had reached it is thrown out."""
    name = database_url.rpartition("/")[2]
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    admin.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    yield
    admin.execute(allow.format(sql.Identifier(name), sql.SQL("true")))
