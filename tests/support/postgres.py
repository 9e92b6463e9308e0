"""One embedded PostgreSQL for all processes of a pytest run, and databases cloned from a template."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import psycopg
from psycopg import sql

from kaskad.storage.embedded import EmbeddedPostgres, find_running, start
from kaskad.storage.embedded.server_files import ServerFiles
from kaskad.storage.migrate import upgrade

TEMPLATE = "template_kaskad"
TEMPLATE_LOCK = 1
ROOM = 2 * 1024**3  # bytes
SETTINGS = {  # speed: these data need not survive
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "max_wal_size": "256MB",
}


class SharedPostgres:
    """The server of one pytest run. The controlling process starts and stops it; its workers find it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server: EmbeddedPostgres | None = None

    @classmethod
    def in_new_folder(cls) -> SharedPostgres:
        folder = Path(tempfile.mkdtemp(prefix="kaskad-tests-", dir=memory()))
        folder.chmod(0o711)  # run by root, the server has another account: let it in
        return cls(folder)

    @property
    def url(self) -> str | None:
        return find_running(self.folder)

    def ask(self) -> None:
        """Tells the controlling process that a test will need the server."""
        (self.folder / "asked").touch()

    def start_if_asked(self) -> None:
        if (self.folder / "asked").exists() and self._server is None and self.url is None:
            self._server = start(self.folder, SETTINGS)

    def remove(self) -> None:
        """Ends the server and deletes all that it wrote."""
        if self._server is not None:
            self._server.stop()
        home = ServerFiles.of(self.folder).data.parent
        shutil.rmtree(self.folder)
        shutil.rmtree(home, ignore_errors=True)  # the same folder, unless the server could not enter it


def memory() -> Path | None:
    """A file system in memory with room: a database is 300 files, 8 ms to clone there, up to 260 ms on a disk."""
    shared = Path("/dev/shm")
    roomy = os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOM
    return shared if roomy else None


def make_template(admin: psycopg.Connection) -> None:
    """Makes the database with the migrations applied, once: the first worker does, the others wait."""
    admin.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
    try:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        fresh = f"{TEMPLATE}_new"
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(fresh)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
        upgrade(url_of(admin, fresh))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        admin.execute(rename.format(sql.Identifier(fresh), sql.Identifier(TEMPLATE)))
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])


@contextmanager
def cloned(admin: psycopg.Connection) -> Iterator[str]:
    """The url of a fresh copy of the template; dropped at the end, whoever is still connected."""
    name = f"test_{token_hex(8)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    admin.execute(create.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    try:
        yield url_of(admin, name)
    finally:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def url_of(admin: psycopg.Connection, database: str) -> str:
    """The url of another database of the same server."""
    info = admin.info
    return f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{database}"
