"""Scratch databases: a separate server beside the live one, a template that is migrated once, and copies of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex

import psycopg
from psycopg import sql

from kaskad.domain.errors import Unavailable
from kaskad.storage import embedded, migrate

PREFIX = "kaskad_scratch"
LOCK = 0x73637261  # "scra": the lock for creating the template
SETTINGS = {  # these data need not survive
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "1h",
}


@contextmanager
def run_server(home: Path) -> Iterator[str]:
    """Yields the URL of the server for scratch databases; it runs as long as a process uses it.

    Data left behind by a crash of the machine are not reliable and not needed: then it is created anew.
    """
    folder = home / "scratch"
    with ExitStack() as stack:
        try:
            url = stack.enter_context(embedded.attach_or_start(folder, SETTINGS))
        except Unavailable:
            embedded.delete_database(folder)
            url = stack.enter_context(embedded.attach_or_start(folder, SETTINGS))
        yield url


@contextmanager
def create_database(server_url: str) -> Iterator[str]:
    """Yields the URL of an empty database with all tables; it is dropped at the end, whatever happens."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        template = _template(admin)
        _drop_leftovers(admin, template)
        name = f"{PREFIX}_{os.getpid()}_{token_hex(4)}"
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield _url(admin, name)
        finally:
            _drop(admin, name)


def _template(admin: psycopg.Connection) -> str:
    """Returns the database that all others are copies of, created once for these tables."""
    name = f"{PREFIX}_template_{_digest()}"
    admin.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            fresh = f"{PREFIX}_fresh"
            _drop(admin, fresh)
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
            migrate.upgrade(_url(admin, fresh))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            admin.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return name


def _digest() -> str:
    """Returns a digest of everything that creates the tables."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted((Path(migrate.__file__).parent / "migrations").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _drop_leftovers(admin: psycopg.Connection, template: str) -> None:
    """Drops what killed processes left, and templates of other tables."""
    rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{PREFIX}_"]).fetchall()
    for (name,) in rows:
        owner = name.removeprefix(f"{PREFIX}_").partition("_")[0]
        if (owner == "template" and name != template) or (owner.isdigit() and not _alive(int(owner))):
            _drop(admin, name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(admin: psycopg.Connection, name: str) -> str:
    info = admin.info
    return f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{name}"
