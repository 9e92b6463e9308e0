"""Creates the data folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from kaskad.domain.errors import Unavailable
from kaskad.storage.embedded.account import Account
from kaskad.storage.embedded.server_files import ServerFiles, write_once
from kaskad.storage.embedded.url import ROLE

OPTIONS = (
    f"--username={ROLE}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",  # upper and lower case of Russian are the same on every machine
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
)


def init_cluster(place: ServerFiles, account: Account, binaries: Path) -> None:
    """Creates the data folder if it is missing: next to it first, so that a kill leaves all of it or nothing."""
    data = place.data
    if data.exists():
        return
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    account.own(fresh)
    password = data.with_name("password.new")
    password.unlink(missing_ok=True)
    write_once(password, place.password())
    account.own(password)
    try:
        done = account.run([binaries / "initdb", f"--pgdata={fresh}", f"--pwfile={password}", *OPTIONS])
    finally:
        password.unlink()
    if done.returncode != 0:
        raise Unavailable(f"PostgreSQL could not make {data}:\n{done.stderr.strip()}")
    fresh.rename(data)
