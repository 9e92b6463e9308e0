"""The judge of crash tests: starts workers that may die, and tells from the sandbox's record what became of people."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from house import House

from kaskad.sandbox.providers import Outcome

LEASE = 2.0
SCRIPT = Path(__file__).with_name("doomed.py")
TASKS = ["resolve", "advance", "deliver"]
CHANNELS = ["push", "email", "viber", "sms"]
RESTING = """
SELECT (SELECT count(*) FROM enrollment WHERE status IN ('candidate', 'active') AND due_at <= %(now)s) AS due,
       (SELECT count(*) FROM message WHERE status IN ('claimed', 'sending')) AS held,
       (SELECT count(*) FROM message WHERE status = 'queued') AS queued,
       (SELECT count(*) FROM message WHERE status = 'unknown' AND channel <> 'email') AS to_be_asked,
       (SELECT min(not_before) FROM message WHERE status = 'queued' AND not_before > %(now)s) AS again_at"""


class Barracks:
    """Where workers are started; none outlives it."""

    def __init__(self, home: House, journey: str, server: asyncio.subprocess.Process) -> None:
        config = home.runtime.settings
        environment = {
            "KASKAD_DATABASE_URL": config.database_url,
            "KASKAD_HOME": str(config.home),
            "KASKAD_LEASE_SECONDS": str(LEASE),
        }
        self._plan = {"journey": journey, "tasks": TASKS, "channels": CHANNELS, "environment": environment}
        self._server, self._living = server, set[int]()

    async def start(self, **plan: Any) -> int:
        """The pid of a worker that works from now on."""
        pid = await self._ask({"start": self._plan | plan})
        self._living.add(pid)
        return pid

    async def death(self, pid: int) -> int:
        """How the worker ended: -9 where it was killed. Waits for it."""
        self._living.discard(pid)
        return await self._ask({"wait": pid})

    async def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        assert await self.death(pid) == -signal.SIGKILL

    async def close(self) -> None:
        for pid in tuple(self._living):
            await self.kill(pid)
        self._server.kill()
        await self._server.wait()

    async def _ask(self, what: dict[str, Any]) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(what).encode() + b"\n")
        return int(await asyncio.wait_for(self._server.stdout.readline(), 20))


@asynccontextmanager
async def barracks(home: House, journey: str) -> AsyncIterator[Barracks]:
    """Workers of this house."""
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(sys.executable, str(SCRIPT), stdin=pipe, stdout=pipe)
    workers = Barracks(home, journey, server)
    try:
        yield workers
    finally:
        await workers.close()


async def rest(home: House, seconds: float = 25) -> None:
    """Returns when nothing is left to do now; of mail nobody can be asked. Steps the clock to the next retry."""

    async def look() -> None:
        while True:
            (row,) = await home.rows(RESTING, now=home.now)
            if row["again_at"]:
                await home.at(row["again_at"])
            elif not (row["due"] or row["held"] or row["queued"] or row["to_be_asked"]):
                return
            await asyncio.sleep(0.05)

    await asyncio.wait_for(look(), seconds)


async def received(home: House, count: int, seconds: float = 15) -> None:
    """Returns when the sandbox has had so many calls. Raises TimeoutError."""

    async def look() -> None:
        while len(home.sandbox.received) < count:  # noqa: ASYNC110 - the sandbox tells nobody
            await asyncio.sleep(0.002)

    await asyncio.wait_for(look(), seconds)


async def on(home: House, hours: float) -> None:
    """The clock goes on, and the tills are heard."""
    await home.at(timedelta(hours=hours))
    await home.tills()


def calls(home: House, key: str) -> list[Outcome]:
    """What the sandbox made of each call for that message."""
    return [record.outcome for record in home.sandbox.received if record.key == key]


async def judge(home: House) -> Counter[str]:
    """No key went twice, and sends and unknowns together account for all that reached anybody. Returns statuses."""
    reached = Counter(record.key for record in home.reached)
    assert [key for key, count in reached.items() if count > 1] == []
    assert [record.key for record in home.sandbox.received if record.outcome is Outcome.DUPLICATE] == []
    rows = await home.rows("SELECT id, status::text AS status FROM message")
    status = {str(row["id"]): row["status"] for row in rows}
    assert {status[key] for key in reached} <= {"sent", "unknown"}
    assert {key for key, what in status.items() if what == "sent"} <= set(reached)
    assert set(status.values()) <= {"sent", "unknown", "failed", "dropped", "held"}
    return Counter(status.values())
