"""Receipts over signed webhooks: believed when the signature holds, stored before they are answered, counted once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front import PUSH, Door, front, refused
from house import House, house
from rules import CARTS

from kaskad.channels import webhook
from kaskad.settings import SANDBOX_SECRET

pytestmark = pytest.mark.anyio
LEDGER = "SELECT name, source FROM event WHERE name LIKE 'message_%%' ORDER BY name"
TIMES = "SELECT delivered_at, opened_at, clicked_at FROM message"


@dataclass
class Hooked:
    """A house where one push has gone out, and the provider that tells of it."""

    home: House
    api: Door
    message: str

    def told(self, kind: str, **more: Any) -> dict[str, Any]:
        return {"key": self.message, "kind": kind, "at": self.home.now.isoformat(), **more}

    async def post(
        self, *lines: dict[str, Any], provider: str = PUSH, secret: str = "", at: datetime | None = None
    ) -> httpx.Response:
        body = json.dumps(lines).encode()
        own = self.api.settings.provider_secret(SANDBOX_SECRET)
        signature = webhook.sign(body, secret or own, at or datetime.now(UTC))
        return await self.api.client.post(f"/hooks/{provider}", content=body, headers={webhook.HEADER: signature})

    async def state(self) -> list[list[dict[str, Any]]]:
        """Everything that a receipt may change."""
        tables = ("event", "message", "consent", "contact", "enrollment")
        return [await self.home.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


@pytest.fixture
async def hooked(database_url: str, tmp_path: Path) -> AsyncIterator[Hooked]:
    async with house(database_url, tmp_path, edit=CARTS) as home, front(home) as api:
        await home.person("kolya", "push")
        await home.cart("kolya")
        await home.at(timedelta(hours=1))
        await home.run("abandoned_cart")
        (message,) = await home.rows("SELECT id FROM message WHERE status = 'sent'")
        yield Hooked(home, api, str(message["id"]))


async def test_a_receipt_is_stored_once(hooked: Hooked) -> None:
    for new in (2, 0):
        answer = await hooked.post(hooked.told("delivered"), hooked.told("opened"))
        assert (answer.status_code, answer.json()) == (200, {"received": 2, "new": new})
    assert await hooked.home.rows(LEDGER) == [
        {"name": "message_delivered", "source": PUSH},
        {"name": "message_opened", "source": PUSH},
    ]
    (row,) = await hooked.home.rows(TIMES)
    assert row == {"delivered_at": hooked.home.now, "opened_at": hooked.home.now, "clicked_at": None}


async def test_a_forged_webhook_changes_nothing(hooked: Hooked) -> None:
    before = await hooked.state()
    stops = hooked.told("complained"), hooked.told("failed", address_dead=True), hooked.told("unsubscribed")
    refused(await hooked.post(*stops, secret="somebody else's"), 401)
    refused(await hooked.post(*stops, at=datetime.now(UTC) - timedelta(minutes=6)), 401)
    refused(await hooked.api.client.post(f"/hooks/{PUSH}", json=list(stops)), 401)
    assert await hooked.state() == before
    assert (await hooked.post(*stops)).json() == {"received": 3, "new": 3}, "signed rightly they count"
    assert await hooked.state() != before


async def test_what_is_signed_and_cannot_be_read_is_refused(hooked: Hooked) -> None:
    before = await hooked.state()
    refused(await hooked.post({"key": "no id", "kind": "opened", "at": hooked.home.now.isoformat()}), 400)
    refused(await hooked.post(hooked.told("opened"), hooked.told("abducted")), 400)
    assert await hooked.state() == before


async def test_messages_of_somebody_else_are_none_of_ours(hooked: Hooked) -> None:
    before = await hooked.state()
    answer = await hooked.post(hooked.told("opened") | {"key": str(uuid4())})
    assert (answer.status_code, answer.json()) == (200, {"received": 1, "new": 0})
    assert await hooked.state() == before


async def test_a_provider_that_nobody_configured_is_not_heard(hooked: Hooked) -> None:
    for name in ("nobody", "push", "SANDBOX_PUSH"):
        assert name in refused(await hooked.post(hooked.told("opened"), provider=name), 404)
