"""The embedded PostgreSQL: starting, finding, dying with its parent, coming back with every commit."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from kaskad.domain.errors import Unavailable
from kaskad.storage.embedded import attach_or_start, find_running, start
from kaskad.storage.embedded.account import UNPRIVILEGED_UID
from kaskad.storage.embedded.server_files import ServerFiles
from tests.support.servers import asked, child, commit_a_row, gone_within, kept, open_folder, parent_of, processes_on


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as path:
        yield path


def test_starts_answers_and_stops_leaving_no_process(folder: Path) -> None:
    with start(folder) as server:
        commit_a_row(server.url)
        assert server.alive()
        assert find_running(folder) == server.url
    assert not server.alive()
    assert find_running(folder) is None
    assert processes_on(folder) == []
    with start(folder) as again:
        assert kept(again.url) == 42


def test_comes_back_with_every_commit_after_its_own_kill_while_a_backend_lingers(folder: Path) -> None:
    with start(folder) as server, psycopg.connect(server.url) as connection:
        commit_a_row(server.url)
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        assert find_running(folder) is None
        Timer(1, os.kill, (backend, signal.SIGCONT)).start()
        with start(folder) as again:
            assert kept(again.url) == 42


def test_dies_with_its_parent_and_comes_back_with_every_commit(folder: Path) -> None:
    with child(folder, "start") as parent:
        assert parent.stdout
        commit_a_row(parent.stdout.readline().strip())
        assert processes_on(folder)
        parent.kill()
    assert gone_within(folder, seconds=5)
    with start(folder) as server:
        assert kept(server.url) == 42


def test_two_commands_at_once_share_one_server_and_both_finish(folder: Path) -> None:
    with child(folder, "attach") as first, child(folder, "attach") as other:
        assert first.stdout and other.stdout
        assert first.stdout.readline() == other.stdout.readline()
        starter, guest = (first, other) if parent_of(folder) == first.pid else (other, first)
        assert parent_of(folder) == starter.pid
        assert asked(starter) == "served"
        time.sleep(0.3)  # long enough to stop the server under the guest, were that not held back
        assert asked(guest) == "served"
    assert find_running(folder) is None


def test_a_second_start_is_refused(folder: Path) -> None:
    with start(folder), pytest.raises(Unavailable, match="running on"):
        start(folder)


def test_attaches_to_the_one_that_runs_and_leaves_it(folder: Path) -> None:
    with start(folder) as server:
        with attach_or_start(folder) as url:
            assert url == server.url
        assert server.alive()


def test_says_why_it_does_not_start(folder: Path) -> None:
    with pytest.raises(Unavailable, match="shared_buffers"):
        start(folder, {"shared_buffers": "many"})
    assert processes_on(folder) == []


def test_settings_are_durable_unless_told_otherwise(folder: Path) -> None:
    assert shown(folder, None) == ("on", "on", "1min")
    assert shown(folder, {"fsync": "off"}) == ("off", "on", "1min")


def shown(folder: Path, settings: dict[str, str] | None) -> tuple[str, ...]:
    names = ("fsync", "synchronous_commit", "idle_in_transaction_session_timeout")
    with start(folder, settings) as server, psycopg.connect(server.url) as connection:
        rows = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
    return tuple(row[0] for row in rows if row)


def test_listens_on_loopback_only_and_asks_for_the_password(folder: Path) -> None:
    assert not (folder / "password").exists()
    with start(folder) as server, psycopg.connect(server.url) as connection:
        port, password = connection.info.port, connection.info.password
        with pytest.raises(ConnectionRefusedError):  # every 127.x.y.z is this machine: one more address of it
            socket.create_connection(("127.0.0.2", port), timeout=2).close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url.replace(password, "guess"))
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert (folder / "password").read_text() == password
    assert stat.S_IMODE(ServerFiles.of(folder).data.stat().st_mode) == 0o700


def test_a_stranger_with_the_pid_of_a_dead_server_is_no_obstacle(folder: Path) -> None:
    with start(folder) as server:
        server.process.kill()
        server.process.wait()
        assert gone_within(folder, seconds=5)
    data = ServerFiles.of(folder).data
    as_server = {"user": UNPRIVILEGED_UID, "group": UNPRIVILEGED_UID} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "60"], **as_server) as stranger:
        left = (data / "postmaster.pid").read_text().splitlines()
        (data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *left[1:]]))
        assert find_running(folder) is None
        with start(folder) as again:
            assert again.alive()
        stranger.kill()


def test_a_lost_password_is_said_at_once(folder: Path) -> None:
    start(folder).stop()
    (folder / "password").unlink()
    with pytest.raises(Unavailable, match="password is lost"):
        start(folder)
