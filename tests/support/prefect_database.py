"""Prefect's SQLite database with its migrations applied: made once, for that takes longer than the server's start.

A server on a database that does not exist yet is started in `tests/e2e/test_stack_from_wheel.py`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.support.paths import ROOT

FOLDER = ROOT / ".kaskad"


def with_prefect_database(folder: Path) -> Path:
    """The folder of a Prefect server, made where it is missing, with a database that has nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    made = FOLDER / f"prefect-{version('prefect')}.db"
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "prefect.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make(made)
    shutil.copyfile(made, folder / "prefect.db")
    return folder


def _make(to: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kaskad-prefect-") as home:
        database = Path(home, "prefect.db")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        own = {"PREFECT_HOME": home, "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}"}
        command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
        subprocess.run(command, env=inherited | own, check=True, capture_output=True, timeout=120)
        shutil.copyfile(database, to.with_suffix(".new"))
    to.with_suffix(".new").replace(to)
