"""The API on a real port, with a client in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from kaskad import settings
from kaskad.api.app import create_app
from kaskad.api.server import serve_api
from kaskad.settings import Settings
from tests.support.paths import ROOT
from tests.support.stack import Stack

SITE, APP, STORE, ADMIN = "key-of-the-site", "key-of-the-app", "key-of-the-store", "key-of-the-admin"
NOBODY = "http://127.0.0.1:9/api"  # where nothing listens
PROBLEM = "application/problem+json"
PUSH = "sandbox_push"


@dataclass
class ApiClient:
    """The running API, and who asks it."""

    client: httpx.AsyncClient
    settings: Settings

    async def call(self, path: str, body: Any, key: str | None = SITE, **more: Any) -> httpx.Response:
        """Posts JSON as a source does."""
        return await self.client.post(path, json=body, auth=(key, "") if key is not None else None, **more)

    async def raw(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        """Posts bytes as the site does."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, content=body, headers=named, auth=(SITE, ""))

    async def admin(self, method: str, path: str, key: str = ADMIN, **more: Any) -> httpx.Response:
        """Asks as whoever runs the journeys."""
        headers = {"Authorization": f"Bearer {key}"} | more.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **more)

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query, as somebody else sees them: what is committed."""
        assert self.settings.database_url
        async with await AsyncConnection.connect(self.settings.database_url, row_factory=dict_row) as connection:
            return await (await connection.execute(sql)).fetchall()

    async def events(self) -> list[str]:
        """The ids of all events that are stored, sorted."""
        return [row["message_id"] for row in await self.rows("SELECT message_id FROM event ORDER BY message_id")]


@asynccontextmanager
async def door(home: Path, **environment: str) -> AsyncIterator[ApiClient]:
    """The API with a runtime of its own; `environment` is all that it knows of the world."""
    keys = {"KASKAD_WRITE_KEYS": f"site:{SITE},app:{APP},store:{STORE}", "KASKAD_ADMIN_KEY": ADMIN}
    known = {"KASKAD_HOME": str(home), "PREFECT_API_URL": NOBODY} | keys | environment
    config = settings.load_settings(ROOT, known)
    async with serve_api(create_app(config), "127.0.0.1", 0) as url, httpx.AsyncClient(base_url=url) as client:
        yield ApiClient(client, config)


@asynccontextmanager
async def front(stack: Stack, **environment: str) -> AsyncIterator[ApiClient]:
    """The API with the stack's database behind it."""
    own = stack.runtime.settings
    known = {"KASKAD_SECRET": own.secret, "KASKAD_DATABASE_URL": stack.runtime.database.url} | environment
    async with door(own.home, **known) as opened:
        yield opened


def event(name: str = "Product Viewed", /, user: str = "kolya", **more: Any) -> dict[str, Any]:
    """One event as a client writes it."""
    return {"type": "track", "event": name, "userId": user, "messageId": str(uuid4()), "properties": {}} | more


def refused(answer: httpx.Response, status: int) -> str:
    """The sentence of a refusal; holds it to what RFC 9457 asks for."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    document = answer.json()
    assert (document["type"], document["status"]) == ("about:blank", status)
    assert document["title"]
    assert document["instance"] == answer.request.url.path
    detail: str = document["detail"]
    assert detail
    return detail
