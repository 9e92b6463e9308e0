"""Prefect may be late, dead, or locked out: the stack waits, says so, and takes nothing else down. Real processes."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kaskad.cli.stack.prefect_process import PrefectProcess, raise_if_unreachable, wait_until_ready
from kaskad.domain.errors import Unavailable
from kaskad.orchestration.prefect_server import PrefectServer, build_auth_header
from kaskad.orchestration.processes import ChildProcess, Supervisor

pytestmark = pytest.mark.anyio
AUTH = "kaskad:secret"
# Waits, then opens its port as Prefect does: 401 but for who knows the password.
STAND_IN = f"""
import pathlib, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Prefect(BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("Authorization") == {build_auth_header(AUTH)["Authorization"]!r}
        self.send_response(200 if known or "open" in sys.argv else 401)
        self.end_headers()
    def log_message(self, *_):
        pass

gate = pathlib.Path(sys.argv[2])
if "dies" in sys.argv and not gate.exists():
    sys.exit("sqlite3.OperationalError: unable to open database file")
while "waits" in sys.argv and not gate.exists():
    time.sleep(0.05)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Prefect).serve_forever()
"""


@dataclass
class Kept:
    """A stack of which only Prefect is there; `gate` is the file that lets the stand-in through."""

    prefect: PrefectProcess
    supervisor: Supervisor
    gate: Path
    lines: list[str] = field(default_factory=list)

    async def hears(self, what: str, within: float = 10.0) -> str:
        """The first line that says so."""
        await eventually(lambda: any(what in line for line in self.lines), within)
        return next(line for line in self.lines if what in line)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def kept(folder: Path, *ways: str) -> AsyncIterator[Kept]:
    """Such a stack, not begun yet."""
    port, gate, lines = free_port(), folder / "gate", []
    server = PrefectServer(folder, port, AUTH)
    argv = [sys.executable, "-c", STAND_IN, str(port), str(gate), *ways]
    child = ChildProcess("prefect", argv, os.environ, folder / "server.log", vital=False)

    def tell(name: str, what: str) -> None:
        lines.append(f"{name}: {what}")

    async with Supervisor(tell, first_delay=0.01) as supervisor:
        prefect = PrefectProcess(
            supervisor, tell, server.ui_url, server.healthy, child=child, address=("127.0.0.1", port), say_every=0.3
        )
        try:
            yield Kept(prefect, supervisor, gate, lines)
        finally:
            prefect.stop()


async def waits(stack: Kept) -> asyncio.Task[None]:
    stack.prefect.begin()
    return asyncio.create_task(stack.prefect.ready())


async def test_a_late_prefect_is_waited_for_and_that_is_said(tmp_path: Path) -> None:
    async with kept(tmp_path, "waits") as stack:
        waiting = await waits(stack)
        said = await stack.hears("starting for 2 s")
        assert said == "prefect: starting for 2 s, still waiting; journeys do not run yet, events are taken"
        assert not waiting.done() and stack.prefect.never() is None
        stack.gate.touch()
        await asyncio.wait_for(waiting, 10)
        assert stack.lines[-1] == f"prefect: {stack.prefect.url}"


async def test_one_that_dies_at_its_start_is_said_with_its_last_line_and_started_again(tmp_path: Path) -> None:
    async with kept(tmp_path, "dies") as stack:
        waiting = await waits(stack)
        why = "sqlite3.OperationalError: unable to open database file"
        assert "starting it again in 0.01 s" in await stack.hears(f"ended with code 1: {why}")
        await stack.hears("ended 6 times in a row")  # which ends a stack only for what it cannot do without
        assert not waiting.done()
        with pytest.raises(Unavailable, match=f"^Prefect never answered, so no journey ran: it ended .*: {why}; its"):
            raise_if_unreachable(stack.prefect)
        stack.gate.touch()
        await asyncio.wait_for(waiting, 20)
        raise_if_unreachable(stack.prefect)


async def test_it_begins_when_the_stranger_on_its_port_has_gone(tmp_path: Path) -> None:
    async with kept(tmp_path) as stack:
        with socket.create_server(stack.prefect.address) as stranger:
            waiting = await waits(stack)
            port = stranger.getsockname()[1]
            said = await stack.hears("is taken: end what listens there, or set KASKAD_PREFECT_PORT")
            assert said.startswith(f"prefect: port {port} is taken")
            await stack.hears("still waiting")
            assert stack.prefect.never() == f"port {port} is taken"
        await asyncio.wait_for(waiting, 10)
        assert stack.prefect.never() is None


async def test_a_stranger_who_opens_to_everybody_is_not_taken_for_it(tmp_path: Path) -> None:
    async with kept(tmp_path, "open") as stack:
        waiting = await waits(stack)
        await stack.hears("still waiting")
        await asyncio.sleep(0.5)
        assert not waiting.done()
        waiting.cancel()


async def test_one_that_dies_later_is_started_again_and_the_others_stand(tmp_path: Path) -> None:
    async with kept(tmp_path) as stack:
        sleeper = ChildProcess(
            "api", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ, tmp_path / "api.log"
        )
        await stack.supervisor.start(sleeper)
        over = asyncio.create_task(stack.supervisor.wait())
        await asyncio.wait_for(await waits(stack), 10)
        for deaths in range(1, 4):
            stack.supervisor.again("prefect")
            await eventually(lambda deaths=deaths: stack.supervisor.count_deaths("prefect") == deaths)
            await asyncio.wait_for(wait_until_ready(stack.prefect.answers, print), 10)
        assert not over.done() and stack.supervisor.count_deaths("api") == 0
        over.cancel()


async def test_a_database_that_is_lost_while_it_runs_ends_the_server_that_holds_it(tmp_path: Path) -> None:
    database = tmp_path / "prefect.db"
    database.write_bytes(b"all the runs")
    async with kept(tmp_path) as stack:
        stack.prefect.database, stack.prefect.look_every = database, 0.1
        await asyncio.wait_for(await waits(stack), 10)
        await asyncio.sleep(0.3)
        assert stack.supervisor.count_deaths("prefect") == 0
        database.unlink()
        await stack.hears("its database is lost: starting it again")
        await eventually(lambda: stack.supervisor.count_deaths("prefect") == 1)


async def eventually(holds: Callable[[], bool], within: float = 10.0) -> None:
    async def held() -> bool:
        return holds()

    await asyncio.wait_for(wait_until_ready(held, print), within)
