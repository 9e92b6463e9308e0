"""How the bench talks to an engine: an order as the first argument, `go` on stdin, JSON lines on stdout."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import uvloop

from engines.job import Job, Order, opened


class Engine(Protocol):
    """One engine with its own tables installed."""

    settings: dict[str, Any]  # those that were chosen, by the engine's own names

    async def enqueue(self, customers: Sequence[int]) -> None:
        """One job for each customer; none begins before `drain`."""

    async def drain(self) -> None:
        """Returns when everybody who was expected is done."""


Maker = Callable[[Order, Job], AbstractAsyncContextManager[Engine]]
Run = Callable[[Coroutine[Any, Any, None]], None]
Engines = AsyncIterator[Engine]  # what an engine's maker yields, once


def serve(maker: Maker, run: Run = uvloop.run) -> None:
    """Warms up, fills the queue, says `ready`, waits for `go`, empties the queue, and says how long that took."""
    run(_serve(Order.read(sys.argv[1]), maker))


async def _serve(order: Order, maker: Maker) -> None:
    async with opened(order) as job, maker(order, job) as engine:
        await _round(engine, job, range(order.customers + 1, order.customers + order.warm + 1))
        _collect_seldom()
        customers = range(1, order.customers + 1)
        job.expect(len(customers))
        await engine.enqueue(customers)
        _say({"ready": True, "settings": engine.settings})
        await asyncio.to_thread(sys.stdin.readline)
        began = time.monotonic()
        await engine.drain()
        _say({"seconds": job.last - began, "customers": len(customers)})


def _collect_seldom() -> None:
    """As Kaskad's worker does: the same for all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


async def _round(engine: Engine, job: Job, customers: Sequence[int]) -> None:
    job.expect(len(customers))
    await engine.enqueue(customers)
    await engine.drain()


def _say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)
