"""The embedded PostgreSQL run by root, and by an ordinary user."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaskad.domain.errors import Unavailable
from kaskad.storage.embedded import find_running, start
from kaskad.storage.embedded.account import UNPRIVILEGED_UID, Account
from kaskad.storage.embedded.server_files import ServerFiles
from tests.support.servers import CHILD, commit_a_row, kept, open_folder, processes_on

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be both")


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as path:
        yield path


def test_root_runs_it_as_an_account_without_rights(folder: Path) -> None:
    with start(folder) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == UNPRIVILEGED_UID
        assert "Groups:\t \n" in Path(f"/proc/{server.pid}/status").read_text()


def test_root_keeps_the_data_elsewhere_when_the_folder_is_out_of_reach() -> None:
    with tempfile.TemporaryDirectory() as private:
        folder = Path(private) / "postgres"
        try:
            with start(folder) as server:
                commit_a_row(server.url)
                assert find_running(folder) == server.url
            with start(folder) as again:
                assert kept(again.url) == 42
            assert not ServerFiles.of(folder).data.is_relative_to(private)
            assert stat.S_IMODE(Path(private).stat().st_mode) == 0o700
        finally:
            shutil.rmtree(ServerFiles.of(folder).data.parent)
        with pytest.raises(Unavailable, match="is lost"):
            start(folder)


def test_an_ordinary_user_keeps_everything_in_the_folder(folder: Path) -> None:
    os.chown(folder.parent, UNPRIVILEGED_UID, UNPRIVILEGED_UID)
    options = {"user": UNPRIVILEGED_UID, "group": UNPRIVILEGED_UID, "extra_groups": [], "cwd": "/"}
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [reachable_python(), "-c", CHILD, folder, "attach"]
    done = subprocess.run(command, input="\n", capture_output=True, text=True, env=environment, check=True, **options)
    assert done.stdout.splitlines()[-1] == "served"
    assert (folder / "data" / "PG_VERSION").stat().st_uid == UNPRIVILEGED_UID
    assert processes_on(folder) == []


def reachable_python() -> str:
    """An interpreter of this version that an ordinary user may run: root's own may lie in root's home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (sys.executable, f"/usr/bin/{version}"):
        if Path(found).exists() and Account(UNPRIVILEGED_UID, UNPRIVILEGED_UID).can_run(Path(found)):
            return found
    pytest.skip(f"no {version} that an ordinary user may run")
