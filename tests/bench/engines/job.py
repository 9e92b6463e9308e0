"""The job that every engine does, written once: bought? → render a five-product e-mail → POST it → record it once.

Renderer, template, adapter and transport are Kaskad's own; the queries go by asyncpg, the quickest driver there is.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid5

import asyncpg

from kaskad.channels.base import ProviderConfig
from kaskad.channels.http import HttpProvider
from kaskad.channels.transport import http_client
from kaskad.content import CompiledMessage, MissingData, Renderer, resolve_data
from kaskad.domain.channel import Channel, OutboundMessage, Sent
from kaskad.domain.journeys.project import ShopInfo
from kaskad.services.delivery.rendering import build_template_data, unsubscribe_headers
from kaskad.services.links import Links
from kaskad.storage.database import from_json

NAMESPACE = UUID("0b5f1e0e-3c5e-4a58-9d0e-6d6f5b1c7a11")
QUERIES = 20  # connections of the job's own
LOOK = """SELECT c.address, c.known, EXISTS (SELECT FROM purchase p WHERE p.customer_id = c.id AND p.at >= c.left_at)
            AS bought FROM customer c WHERE c.id = $1"""
RECORD = "INSERT INTO sent (customer_id, reference, at) VALUES ($1, $2, now())"


@dataclass(frozen=True, slots=True)
class Order:
    """What the bench asks an engine for. The customers have the ids from 1 on; `warm` more of them come after."""

    engine: str
    database: str
    provider: str
    secret: str
    message: CompiledMessage
    shop: ShopInfo
    customers: int
    warm: int
    at_once: int  # calls to the provider

    @classmethod
    def read(cls, document: str) -> Self:
        """The order as the bench wrote it."""
        said = json.loads(document)
        parsed = {"message": CompiledMessage.model_validate(said["message"]), "shop": ShopInfo(**said["shop"])}
        return cls(**{**said, **parsed})


class Letters:
    """Renders and sends: the part of the job that needs no database."""

    def __init__(self, order: Order, provider: HttpProvider) -> None:
        self._order, self._provider, self._renderer = order, provider, Renderer()
        self._links = Links("http://127.0.0.1", order.secret)

    def render(self, customer: int, address: str, known: dict[str, Any]) -> OutboundMessage:
        """The message of one customer, of about 25 KB."""
        order, id_ = self._order, uuid5(NAMESPACE, f"{self._order.engine}:{customer}")
        links = self._links.of(id_)
        data = resolve_data(order.message.spec, build_template_data(known, order.shop, links, message=order.message))
        assert not isinstance(data, MissingData)
        fields = self._renderer.render(order.message, Channel.EMAIL, known["locale"], data=data)
        return OutboundMessage(
            id=id_,
            channel=Channel.EMAIL,
            address=address,
            sender="Kaskad Shop <hello@shop.example>",
            fields=fields,
            expires_at=datetime.now(UTC) + timedelta(hours=30),
            headers=unsubscribe_headers(Channel.EMAIL, links["unsubscribe"]),
            collapse="abandoned_cart:send:cart_reminder",
        )

    async def post(self, message: OutboundMessage) -> str:
        """The provider's own id. Raises RuntimeError for anything but an acceptance."""
        result = await self._provider.send(message)
        if not isinstance(result, Sent):
            raise RuntimeError(f"the provider said {result}")
        return result.reference


@dataclass
class Job:
    """One customer at a time; counts those who are done."""

    letters: Letters
    pool: asyncpg.Pool[asyncpg.Record]
    done: int = 0
    last: float = 0.0  # monotonic: when the last one was done
    awaited: int = 0
    _all_done: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, customer: int) -> None:
        """From the look to the record; whoever has bought gets nothing."""
        row = await self.pool.fetchrow(LOOK, customer)
        assert row is not None
        if not row["bought"]:
            message = self.letters.render(customer, row["address"], from_json(row["known"]))
            reference = await self.letters.post(message)
            await self.pool.execute(RECORD, customer, reference)
        self.count(1)

    def count(self, customers: int) -> None:
        """So many more are done."""
        self.done += customers
        self.last = time.monotonic()
        if self.done >= self.awaited:
            self._all_done.set()

    def expect(self, customers: int) -> None:
        """So many are to come; `all_done` returns after the last."""
        self.awaited = self.done + customers
        self._all_done.clear()

    async def all_done(self) -> None:
        """Returns when everybody who was expected is done."""
        await self._all_done.wait()


@asynccontextmanager
async def opened(order: Order) -> AsyncIterator[Job]:
    """The job with its connections, of this event loop."""
    config = ProviderConfig("sandbox_email", Channel.EMAIL, "http", order.provider, order.secret)
    client = http_client(connections=order.at_once)
    pool = asyncpg.create_pool(order.database, min_size=QUERIES, max_size=QUERIES)
    async with client, pool:
        yield Job(Letters(order, HttpProvider(config, client, lambda: datetime.now(UTC))), pool)
