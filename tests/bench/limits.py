"""The limits of the parts, each by itself in one process: inserting, rendering, and posting to the sandbox."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
from crowd import known_of
from engines.job import Letters, Order
from part import Sizes
from psycopg import AsyncConnection
from rivals import order_of
from stand import Stand

from kaskad.channels.base import ProviderConfig
from kaskad.channels.http import HttpProvider
from kaskad.channels.transport import http_client
from kaskad.domain.channel import Channel, OutboundMessage

INSERT = "INSERT INTO sent_before SELECT * FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[]) ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class Limits:
    """Each part per second, and how large the message is."""

    per_s: dict[str, float]
    html_bytes: int
    json_bytes: int


async def limits(stand: Stand, sizes: Sizes) -> Limits:
    """What one process can do of each at most."""
    size = sizes.rivals["bare_loop"]
    order = Order.read(order_of(stand, "", "limits", size, 0, sizes.at_once))
    config = ProviderConfig("sandbox_email", Channel.EMAIL, "http", order.provider, order.secret)
    async with http_client(connections=sizes.at_once) as client, stand.fresh_sandbox():
        letters = Letters(order, HttpProvider(config, client, lambda: datetime.now(UTC)))
        began = time.perf_counter()
        messages = [letters.render(number, f"{number}@mail.example", known_of(str(number))) for number in range(size)]
        rendering = time.perf_counter() - began
        posting = await _post(letters, messages, sizes.at_once)
    per_s = {
        "rows inserted, 1,000 at once": await _insert(stand.runtime.database.url, size, sizes.batch),
        "e-mails rendered": size / rendering,
        "e-mails posted to the sandbox": size / posting,
    }
    fields = messages[0].fields
    return Limits(per_s, len(fields["html"].encode()), len(orjson.dumps(dict(fields))))


async def _post(letters: Letters, messages: list[OutboundMessage], at_once: int) -> float:
    """Seconds."""
    turn = asyncio.Semaphore(at_once)

    async def post(message: OutboundMessage) -> None:
        async with turn:
            await letters.post(message)

    began = time.perf_counter()
    await asyncio.gather(*map(post, messages))
    return time.perf_counter() - began


async def _insert(url: str, rows: int, batch: int) -> float:
    """Rows a second, `batch` in each transaction."""
    async with await AsyncConnection.connect(url, autocommit=True) as database:
        await database.execute("CREATE TABLE sent_before (id uuid PRIMARY KEY, at timestamptz NOT NULL)")
        try:
            parts: list[list[UUID]] = [[uuid4() for _ in range(batch)] for _ in range(max(1, rows // batch))]
            began = time.perf_counter()
            for ids in parts:
                await database.execute(INSERT, {"ids": ids, "ats": [datetime.now(UTC)] * batch})
            return len(parts) * batch / (time.perf_counter() - began)
        finally:
            await database.execute("DROP TABLE sent_before")
