"""Migrates a database to the schema of this version, with the migrations in the package."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, NullPool, create_engine, func, make_url, select, text
from sqlalchemy.exc import OperationalError

from kaskad.domain.errors import Unavailable
from kaskad.storage.clock import NOW_SQL
from kaskad.storage.database import Connection as AsyncConnection
from kaskad.storage.growth import partitions

LOCK = 0x6B61736B6164  # "kaskad": the advisory lock that one process migrates under
POLL = 0.1  # seconds
LOCK_TIMEOUT = "1s"  # a lock request that waits blocks all later ones
RETRY_DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds, between the tries
_TABLE = re.compile(r"\b(?:TABLE|INTO|UPDATE|ON|FROM) (\w+)")


def upgrade(url: str, *, to: str = "head") -> None:
    """Upgrades to the newest schema (or to revision `to`), with the months ahead; no-op if it is up to date.

    Processes may call it in parallel. `url` is `postgresql://…`. Raises `Unavailable` if the database cannot be
    reached, or a table stays locked: earlier revisions are kept, and the one that waits for the table did nothing.
    """
    with _connected(url) as connection:
        _lock(connection)
        if _read_revision(connection) != get_head_revision():
            config = _config()
            config.attributes["connection"] = connection
            _retry_while_locked(connection, lambda: command.upgrade(config, to))
        _retry_while_locked(connection, lambda: _create_partitions(connection))


def read_current_revision(url: str) -> str | None:
    """The revision of the database's schema; None before the first migration."""
    with _connected(url) as connection:
        return _read_revision(connection)


async def read_revision(connection: AsyncConnection) -> str | None:
    """The revision of the schema that this connection sees; None before the first migration."""
    row = await (await connection.execute("SELECT to_regclass('alembic_version') AS found")).fetchone()
    if row is None or row["found"] is None:
        return None
    row = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchone()
    return None if row is None else str(row["version_num"])


def get_head_revision() -> str | None:
    """The newest revision in this version of the package."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise Unavailable(f"The database cannot be reached: {error.orig}") from error
    with connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        yield connection


def _retry_while_locked(connection: Connection, work: Callable[[], None]) -> None:
    """Runs `work`, again after a growing pause while a table is locked. Raises Unavailable after the last try."""
    for pause in (*RETRY_DELAYS, None):
        try:
            work()
            return
        except (OperationalError, LockNotAvailable) as error:
            if not isinstance(getattr(error, "orig", error), LockNotAvailable):
                raise
            connection.rollback()
            if pause is None:
                raise Unavailable(
                    f"{_name_busy_table(error)} is busy: nobody let go of it; migrate again later"
                ) from error
        time.sleep(pause)


def _name_busy_table(error: OperationalError | LockNotAvailable) -> str:
    """The name of the locked table, if the statement shows it."""
    named = _TABLE.search(error.statement or "") if isinstance(error, OperationalError) else None
    return f"the table '{named[1]}'" if named else "a table"


def _lock(connection: Connection) -> None:
    """Takes the lock, for as long as the connection lives.

    Polling is better than waiting in one statement: its snapshot would block CREATE INDEX CONCURRENTLY.
    """
    while not connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
        connection.rollback()
        time.sleep(POLL)
    connection.rollback()


def _create_partitions(connection: Connection) -> None:
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    now = connection.scalar(text(NOW_SQL))
    connection.rollback()
    partitions.create_missing_months(raw, now)


def _read_revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()  # Alembic begins its own transaction
    return revision
