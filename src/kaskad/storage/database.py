"""The pool of connections. Hot SQL runs on psycopg, in the transaction that SQLAlchemy opened."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from sqlalchemy import event
from sqlalchemy.exc import OperationalError as PoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kaskad.domain.errors import Unavailable

Connection = AsyncConnection[DictRow]
SESSION = (
    "-c timezone=UTC -c idle_in_transaction_session_timeout=60s -c lock_timeout=2s "
    # No JIT: small queries by index on partitioned tables look expensive; compiling them takes longer than running.
    "-c random_page_cost=1.1 -c jit=off"
)


def to_json(value: Any) -> str | bytes:
    """JSON in the database's form: money and times as text, no number rounded."""
    try:
        return orjson.dumps(value, default=_encode_value)
    except TypeError:  # integers beyond 64 bits, which orjson does not write: the standard library does
        return _encoder.encode(value)


def from_json(data: bytes | str) -> Any:
    """The value of a JSON text; no number is rounded."""
    return _decoder.decode(data if isinstance(data, str) else str(data, "utf-8"))


def _encode_value(value: Any) -> Any:
    match value:
        case Decimal() | UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")


_encoder = json.JSONEncoder(default=_encode_value, ensure_ascii=False)
_decoder = json.JSONDecoder(parse_float=Decimal)  # json.loads makes a new one for each value


class Database:
    """A pool on one database. `transaction()` is the only access: all writes are committed together or not at all."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.url = url
        self._engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=4,
            pool_pre_ping=True,  # a restarted Postgres costs one ping, not one failed batch
            connect_args={"options": SESSION},
        )
        event.listen(self._engine.sync_engine, "connect", _configure_connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction on one connection, committed at the end. Raises `Unavailable` if there is no database."""
        try:
            connecting = self._engine.begin()
            connection = await connecting.__aenter__()
        except (OperationalError, PoolError, OSError) as error:
            why = str(error.orig if isinstance(error, PoolError) else error).partition("\n")[0]
            raise Unavailable(f"the database cannot be reached: {why}") from error
        try:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            raw.row_factory = dict_row
            yield raw
        except BaseException as error:
            with suppress(PoolError):  # a lost connection cannot even be rolled back; `error` reports the loss
                await connecting.__aexit__(type(error), error, error.__traceback__)
            raise
        try:
            await connecting.__aexit__(None, None, None)
        except PoolError as error:
            raise Unavailable(f"the database went away: {error}") from error

    async def close(self) -> None:
        """Closes every connection."""
        await self._engine.dispose()


async def read_as_of_now(connection: Connection) -> None:
    """From here on every statement of the transaction reads the database as the first one does; none may write."""
    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


async def forbid_writes(connection: Connection) -> None:
    """From here on no statement of the transaction may write."""
    await connection.execute("SET TRANSACTION READ ONLY")


def _configure_connection(connection: Any, _: Any) -> None:
    raw = connection.driver_connection
    set_json_dumps(to_json, raw)
    set_json_loads(from_json, raw)
    raw.prepare_threshold = 2  # the hot statements are the same all day
