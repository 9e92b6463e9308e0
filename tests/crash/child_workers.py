"""Where doomed processes are started; none outlives it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

MODULE = "tests.crash.victim_process"


class ChildWorkers:
    """The processes of one stack. `plan` is what all have in common."""

    def __init__(self, process: asyncio.subprocess.Process, plan: Mapping[str, Any]) -> None:
        self._process, self._plan = process, plan
        self._starts = asyncio.Queue[int]()
        self._turn = asyncio.Lock()
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._hearing = asyncio.create_task(self._hear())

    async def start(self, **plan: Any) -> int:
        """The pid of a process that works from now on."""
        assert self._process.stdin is not None
        async with self._turn:
            self._process.stdin.write(json.dumps({"start": {**self._plan, **plan}}).encode() + b"\n")
            return await asyncio.wait_for(self._starts.get(), 20)

    async def death(self, pid: int) -> int:
        """How the process ended: -9 where it was killed. Waits for it."""
        return await asyncio.shield(self._ends[pid])

    def lives(self, pid: int) -> bool:
        """Whether nobody has heard of its end yet."""
        return not self._ends[pid].done()

    def arm(self, pid: int) -> None:
        """From now on the process dies where its plan says."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGUSR1)

    async def kill(self, pid: int) -> None:
        """Ends it at once, wherever it stands. Fails where it had ended by itself otherwise."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        assert await self.death(pid) == -signal.SIGKILL

    async def close(self) -> None:
        for pid in [pid for pid in self._ends if self.lives(pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.kill()
        await self._process.wait()
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)

    async def _hear(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            if "started" in said:
                self._ends[said["started"]] = asyncio.get_running_loop().create_future()
                self._starts.put_nowait(said["started"])
            else:
                self._ends[said["ended"]].set_result(said["code"])


@asynccontextmanager
async def start_workers(
    plan: Mapping[str, Any], *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[ChildWorkers]:
    """Nothing is started yet; at the end nothing runs any more."""
    pipe, own = asyncio.subprocess.PIPE, dict(os.environ if environment is None else environment)
    path = os.pathsep.join(filter(None, (own.get("PYTHONPATH"), str(ROOT))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", MODULE, *arguments), stdin=pipe, stdout=pipe, cwd=cwd, env=own | {"PYTHONPATH": path}
    )
    men = ChildWorkers(process, plan)
    try:
        yield men
    finally:
        await men.close()
