"""The files of one embedded PostgreSQL.

lock          locked while a process starts or stops the server
users         locked, shared, by each process that uses the server
password      of the role `kaskad`; mode 600
postgres.log  the server's log
data/         the server's own; or, if its account cannot enter the folder:
elsewhere     one line: the folder that contains `data/` instead
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kaskad.domain.errors import Unavailable
from kaskad.storage.embedded.account import Account, choose_account
from kaskad.storage.embedded.binaries import SHARED, create_shared_folder


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """One folder of an embedded PostgreSQL, even if it is still empty."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> ServerFiles:
        return cls(folder.absolute())

    @property
    def data(self) -> Path:
        """The data folder, wherever it is."""
        try:
            return Path((self.folder / "elsewhere").read_text().strip()) / "data"
        except FileNotFoundError:
            return self.folder / "data"

    def password(self) -> str:
        return (self.folder / "password").read_text()

    def make(self) -> Account:
        """The account that the server runs as; creates the folder, the password and a place for the data.

        Raises `Unavailable` if a part of an existing database is lost: it never creates an empty one in its place.
        """
        account = choose_account(self.data)
        if self.data.exists() and not (self.folder / "password").exists():
            raise Unavailable(f"{self.folder / 'password'} is lost: the data in {self.data} cannot be opened")
        write_once(self.folder / "password", secrets.token_urlsafe(24))
        if not (self.data.parent.exists() and account.can_enter(self.data.parent)):
            self._move_out()
        return account

    def _move_out(self) -> None:
        note = self.folder / "elsewhere"
        if note.exists():
            raise Unavailable(f"{self.data} is lost; to start with an empty database, delete {note}")
        home = SHARED / f"{_digest(self.folder)}-{secrets.token_hex(4)}"  # a folder that is created again starts empty
        create_shared_folder(home)
        write_once(note, f"{home}\n")

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Turns errors of the operating system inside into `Unavailable`."""
        try:
            yield
        except PermissionError as error:
            raise Unavailable(f"{self.folder} belongs to another account: {error}") from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held by one process at a time; the system frees it when that process ends."""
        with self.opened("lock") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield

    @contextmanager
    def opened(self, name: str) -> Iterator[int]:
        """The descriptor of a file to lock; closing it frees the lock."""
        with self.readable():
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def logged(self) -> Iterator[tuple[int, Callable[[], str]]]:
        """The descriptor of the log, and a function that returns the last lines written since then."""
        log = self.folder / "postgres.log"
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        begin = os.fstat(descriptor).st_size
        try:
            yield descriptor, lambda: "\n".join(log.read_bytes()[begin:].decode(errors="replace").splitlines()[-20:])
        finally:
            os.close(descriptor)


def write_once(path: Path, text: str) -> None:
    """Writes the whole file with mode 600, unless it exists."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600, exist_ok=False)
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def _digest(folder: Path) -> str:
    return hashlib.blake2b(os.fsencode(folder), digest_size=8).hexdigest()
