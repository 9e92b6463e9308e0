"""Workers that a test can stop at a named point: the stack's own parts, with doors before and behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from kaskad.channels.base import Provider, WebhookRequest
from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.domain.channel import Channel, OutboundMessage, Receipt, SendResult, UnreadableReceipt
from kaskad.domain.journeys.project import Project
from kaskad.services.catalogue import Catalogue
from kaskad.services.delivery import deliver
from kaskad.services.delivery.deliver import DeliveryBatchResult
from kaskad.services.delivery.rate_limits import RateLimiter
from kaskad.services.delivery.rendering import MessageRenderer, RenderResult
from kaskad.services.links import Links
from kaskad.storage.database import Connection, Database
from tests.support.stack import Stack

CART = "abandoned_cart"
Hook = Callable[..., Awaitable[Any]]


async def nothing(*_: object) -> None:
    """The door that stands open."""


class Watched:
    """A real provider with a door before and one behind its `send`."""

    def __init__(self, inner: Provider, before: Hook = nothing, after: Hook = nothing) -> None:
        self.inner, self.name, self.channel = inner, inner.name, inner.channel
        self.before, self.after, self.calls = before, after, list[UUID]()

    async def send(self, message: OutboundMessage) -> SendResult:
        self.calls.append(message.id)
        instead = await self.before(message)
        result = instead or await self.inner.send(message)
        await self.after(message)
        return result

    def receipts(self, request: WebhookRequest) -> list[Receipt | UnreadableReceipt]:
        return self.inner.receipts(request)

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        return await self.inner.get_delivery_status(message)

    async def aclose(self) -> None:
        await self.inner.aclose()


class WatchedRenderer(MessageRenderer):
    """A press with a door before and one behind each rendering: after the claim, and just before the look."""

    def __init__(self, before: Hook = nothing, after: Hook = nothing) -> None:
        super().__init__()
        self.before, self.after = before, after

    async def render(self, *known: Any, **more: Any) -> RenderResult:
        await self.before()
        rendered = await super().render(*known, **more)
        await self.after()
        return rendered


class WatchedDatabase:
    """A database with a door behind each transaction: `after(n)` once the n-th is committed, counted from 1."""

    def __init__(self, database: Database, after: Hook) -> None:
        self._database, self._after, self._count = database, after, 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self._database.transaction() as connection:
            yield connection
        self._count += 1
        await self._after(self._count)


@dataclass
class Worker:
    """What one more worker process would have: everything of its own but the database and the providers."""

    database: Database
    links: Links
    providers: Mapping[str, Provider]
    lease: timedelta
    address_hasher: AddressHasher
    message_renderer: MessageRenderer = field(default_factory=MessageRenderer)
    catalogue: Catalogue = field(default_factory=Catalogue)
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)

    async def deliver(
        self, channel: Channel = Channel.PUSH, journey: str = CART, limit: int = 1_000
    ) -> DeliveryBatchResult:
        """One batch of the journey's queue in that channel."""
        return await deliver.deliver_batch(self, journey, channel, limit=limit)


def worker(stack: Stack, *watched: Watched, lease: float | None = None, **parts: Any) -> Worker:
    """Another worker on the same stack; `watched` providers stand before the real ones."""
    runtime = stack.runtime
    providers = {**runtime.providers, **{provider.name: provider for provider in watched}}
    held = runtime.lease if lease is None else timedelta(seconds=lease)
    hasher = AddressHasher(runtime.settings.suppression_key)
    return Worker(
        parts.pop("database", runtime.database),
        runtime.links,
        providers,
        held,
        address_hasher=parts.pop("address_hasher", hasher),
        **parts,
    )


def watched(stack: Stack, channel: str = "push", before: Hook = nothing, after: Hook = nothing) -> Watched:
    """The channel's provider, with doors."""
    return Watched(stack.runtime.providers[f"sandbox_{channel}"], before, after)


def everybody(project: Project) -> Project:
    """The project without a control group: who is held out depends on the customer's id."""
    journeys = {name: journey.model_copy(update={"holdout": Decimal(0)}) for name, journey in project.journeys.items()}
    return project.model_copy(update={"journeys": journeys})


def pushing(**spec: Any) -> Callable[[Project], Project]:
    """`everybody`, with these settings of the push channel."""

    def edit(project: Project) -> Project:
        push = project.channels[Channel.PUSH].model_copy(update=spec)
        return everybody(project).model_copy(update={"channels": {**project.channels, Channel.PUSH: push}})

    return edit


async def leave_carts(stack: Stack, *users: str, channels: tuple[str, ...] = ("push",)) -> None:
    """People who consent to everything, each with a cart that nothing happens to for an hour."""
    await stack.stock("pepperoni", 5)
    calls = [stack.call(call, user, str(uuid4()), None) for user in users for call in _story(user, channels)]
    await stack.post("site", calls)
    await stack.at(timedelta(hours=1))
    await stack.tills()


def phone_of(user: str) -> str:
    """The telephone of somebody who left a cart."""
    return f"+79{int.from_bytes(user.encode()) % 10**9:09}"


def _story(user: str, channels: tuple[str, ...]) -> list[dict[str, Any]]:
    traits = {"firstName": user.title(), "timezone": "Europe/Moscow"}
    if "email" in channels:
        traits["email"] = f"{user}@customer.example"
    if {"viber", "sms", "call"} & set(channels):
        traits["phone"] = phone_of(user)
    device = {"device": {"token": f"push-{user}", "type": "android"}} if "push" in channels else {}
    pizza = {"cart_id": "k1", "product_id": "pepperoni", "name": "Pepperoni", "price": 1500, "quantity": 1}
    return [
        {"type": "identify", "traits": traits, "context": device},
        {"type": "track", "event": "consent_given", "properties": {"purpose": "marketing"}},
        {"type": "track", "event": "Product Added", "properties": pizza},
    ]


async def queue(stack: Stack, *users: str, channels: tuple[str, ...] = ("push",)) -> list[UUID]:
    """One reminder of a cart for each of them, decided and queued; the messages' ids."""
    await leave_carts(stack, *users, channels=channels)
    await stack.decide(CART)
    rows = await stack.rows("SELECT id FROM message WHERE status = 'queued' ORDER BY id")
    assert len(rows) == len(users)
    return [row["id"] for row in rows]


async def statuses(stack: Stack) -> list[tuple[str, str, str | None]]:
    """(channel, status, reason) of every message, in the order in which they were decided."""
    rows = await stack.rows("SELECT channel, status, reason FROM message ORDER BY decided_at, channel, id")
    return [(row["channel"], row["status"], row["reason"]) for row in rows]


async def locked_out(stack: Stack) -> None:
    """Returns when some session of this database waits for a lock."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    await until(stack, waiting)


async def until(stack: Stack, sql: str, **params: Any) -> None:
    """Returns when the query has a row: PostgreSQL tells nobody that one has come."""

    async def poll() -> None:
        while not await stack.rows(sql, **params):  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    await soon(poll())


async def lease_ran_out(stack: Stack) -> None:
    """As if it had: leases are on the machine's clock, which cannot be stepped."""
    await stack.rows("UPDATE message SET lease_until = clock_timestamp() - interval '1 s' WHERE lease_until NOTNULL")


async def soon(happening: Awaitable[Any], seconds: float = 10) -> Any:
    """What it brings; a test that waits in vain fails instead of hanging."""
    return await asyncio.wait_for(happening, seconds)
