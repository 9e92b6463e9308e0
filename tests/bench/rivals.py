"""Other engines at the same job, each in a database of its own on the same server, against the same sandbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crowd import LEFT_AGO, Crowd, address_of, known_of
from laps import BenchFailed, Lap, Progress, exactly, reporting
from measuring import Meter
from processes import child
from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb
from stand import NOON, Stand

from kaskad.services.projects import loading

RIVALS = ("pgqueuer", "procrastinate", "dbos", "bare_loop")
MESSAGE = "cart_reminder"
PATIENCE = 600.0  # seconds for one engine
TABLES = """
CREATE TABLE customer (id bigint PRIMARY KEY, address text NOT NULL, known jsonb NOT NULL,
                       left_at timestamptz NOT NULL);
CREATE TABLE purchase (customer_id bigint NOT NULL, at timestamptz NOT NULL);
CREATE INDEX ON purchase (customer_id, at);
CREATE TABLE sent (customer_id bigint PRIMARY KEY, reference text NOT NULL, at timestamptz NOT NULL)"""

COPY = "COPY customer (id, address, known, left_at) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Rival:
    """One engine's lap, and the settings that it ran with."""

    lap: Lap
    settings: dict[str, Any]


async def race(stand: Stand, engine: str, customers: int, warm: int, progress: Progress, at_once: int) -> Rival:
    """The engine's lap from `go` to its last record. Raises BenchFailed unless each customer got one message."""
    crowd, before = Crowd(engine, customers), Crowd(f"warm-{engine}", warm)
    async with _database(stand, engine, [*crowd.ids, *before.ids]) as url:
        order = order_of(stand, url, engine, customers, warm, at_once)
        log = stand.settings.home / "logs" / f"{engine}.log"
        folder = Path(__file__).parent
        arguments = ("-m", f"engines.{engine}", order)
        async with child(*arguments, environment=stand.environment, folder=folder, log=log) as process:
            ready = await _said(process, engine, log)
            async with exactly(stand, crowd), reporting(stand, progress), Meter(stand, [process.pid]) as meter:
                assert process.stdin is not None
                process.stdin.write(b"go\n")
                done = await _said(process, engine, log)
        await _recorded(url, engine, customers)
    return Rival(Lap(customers, 0, done["seconds"], meter.costs(customers)), ready["settings"])


def order_of(stand: Stand, url: str, engine: str, customers: int, warm: int, at_once: int) -> str:
    """What an engine is told, as `Order.read` reads it."""
    draft = loading.load_project(stand.settings.project)
    order = {
        "engine": engine,
        "database": url,
        "provider": str(stand.sandbox.base_url.join("/push")),
        "secret": stand.settings.derived("sandbox"),
        "message": draft.compiled[MESSAGE].model_dump(mode="json", by_alias=True),
        "shop": draft.project.shop.model_dump(mode="json"),
        "customers": customers,
        "warm": warm,
        "at_once": at_once,
    }
    return json.dumps(order)


async def _said(process: asyncio.subprocess.Process, engine: str, log: Path) -> dict[str, Any]:
    """The next thing that the engine says."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            line = await process.stdout.readline()
    except TimeoutError:
        raise BenchFailed(f"{engine} was not done within {PATIENCE:g} s") from None
    try:
        said: dict[str, Any] = json.loads(line)
    except ValueError:
        raise BenchFailed(f"{engine} ended before it was done: {line.decode()}{_last_words(log)}") from None
    return said


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-2_000:].strip()


@asynccontextmanager
async def _database(stand: Stand, engine: str, customers: Sequence[str]) -> AsyncIterator[str]:
    """The url of a database with these customers, of whom nobody has bought; dropped at the end."""
    ours = stand.runtime.database.url
    name = f"bench_{engine}"
    url = f"{ours.rpartition('/')[0]}/{name}"
    async with await AsyncConnection.connect(ours, autocommit=True) as server:
        await server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            await _fill(url, customers)
            yield url
        finally:
            await server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def _fill(url: str, customers: Sequence[str]) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as database:
        await database.execute(TABLES)
        async with database.cursor() as cursor, cursor.copy(COPY) as copy:
            for number, customer in enumerate(customers, start=1):
                await copy.write_row((number, address_of(customer), Jsonb(known_of(customer)), NOON - LEFT_AGO))
        # As many purchases as customers, all of them of before the cart was left.
        await database.execute("INSERT INTO purchase SELECT id, left_at - interval '1 day' FROM customer")
        await database.execute("ANALYZE")


async def _recorded(url: str, engine: str, customers: int) -> None:
    async with await AsyncConnection.connect(url) as database:
        row = await (await database.execute("SELECT count(*) FROM sent")).fetchone()
    assert row is not None
    if row[0] < customers:
        raise BenchFailed(f"{engine} recorded {row[0]} of {customers} customers")
