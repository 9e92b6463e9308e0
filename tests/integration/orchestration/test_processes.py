"""Children are restarted, stopped in time, and never outlive the supervisor: real processes throughout."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kaskad.domain.errors import Unavailable
from kaskad.orchestration.processes import ChildProcess, Supervisor

ON_LINUX = pytest.param(
    signal.SIGKILL, marks=pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no kernel tells the child")
)
SLEEPER = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = """
import asyncio, os, sys
from pathlib import Path
from kaskad.orchestration.processes import ChildProcess, Supervisor

async def main() -> None:
    async with Supervisor(print) as supervisor:
        code = f"import os, time; print(os.getpid(), flush=True); time.sleep(60)"
        await supervisor.start(ChildProcess("sleeper", [sys.executable, "-c", code], os.environ, Path(sys.argv[1])))
        await supervisor.wait()
    print("left in peace")

asyncio.run(main())
"""


def python(name: str, code: str, folder: Path) -> ChildProcess:
    return ChildProcess(name, [sys.executable, "-c", code], os.environ, folder / f"{name}.log")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def eventually(true: Callable[[], object], within: float = 8.0) -> bool:
    deadline = time.monotonic() + within
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(true())


def numbers(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


async def until(true: Callable[[], object]) -> bool:
    return await asyncio.to_thread(eventually, true)


def test_a_child_that_dies_is_started_again_and_takes_its_own_children_along(tmp_path: Path) -> None:
    grandchild = (
        "import os, subprocess, sys, time; print(os.getpid(), flush=True);"
        f"print(subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]).pid, flush=True); time.sleep(60)"
    )
    child, lines = python("parent", grandchild, tmp_path), []

    async def scenario() -> None:
        async with Supervisor(lambda name, what: lines.append((name, what))) as supervisor:
            await supervisor.start(child)
            assert await until(lambda: len(numbers(child.log)) == 2)
            first, its_child = numbers(child.log)
            os.kill(first, signal.SIGKILL)
            assert await until(lambda: len(numbers(child.log)) == 4)
            assert await until(lambda: not alive(its_child))

    asyncio.run(scenario())
    assert lines == [("parent", "ended with code -9; starting it again in 0.5 s")]
    assert eventually(lambda: not any(alive(pid) for pid in numbers(child.log)))


def test_who_ignores_sigterm_is_killed_in_time(tmp_path: Path) -> None:
    child = python("stubborn", STUBBORN, tmp_path)

    async def scenario() -> float:
        async with Supervisor(lambda *_: None, stop_within=1.0) as supervisor:
            await supervisor.start(child)
            await supervisor.start(python("sleeper", SLEEPER, tmp_path))
            assert await until(lambda: child.log.read_text() == "up\n")
            started = time.monotonic()
        return time.monotonic() - started

    assert 0.9 < asyncio.run(scenario()) < 2.5


def test_a_child_that_cannot_start_says_why(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    code = "import sys; sys.exit('the port is taken')"
    broken = ChildProcess("broken", [sys.executable, "-c", code], os.environ, tmp_path / "broken.log", ready=never)

    async def scenario() -> None:
        async with Supervisor(lambda *_: None) as supervisor:
            await supervisor.start(broken)

    with pytest.raises(Unavailable, match="broken ended with code 1 at its start: the port is taken"):
        asyncio.run(scenario())


def test_a_child_that_dies_again_and_again_is_given_up(tmp_path: Path) -> None:
    lines: list[str] = []

    async def scenario() -> None:
        async with Supervisor(lambda _, what: lines.append(what), first_delay=0.01) as supervisor:
            await supervisor.start(python("hopeless", "raise SystemExit(7)", tmp_path))
            await supervisor.wait()

    with pytest.raises(Unavailable, match="hopeless ended 6 times in a row; its log is"):
        asyncio.run(scenario())
    delays = [what.split()[-2] for what in lines]
    assert delays == ["0.01", "0.02", "0.04", "0.08", "0.16"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, ON_LINUX])
def test_no_child_outlives_its_supervisor(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "sleeper.log"
    with subprocess.Popen([sys.executable, "-c", PARENT, str(log)], stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert eventually(lambda: numbers(log))
            parent.send_signal(number)
            said, _ = parent.communicate(timeout=6)
        finally:
            parent.kill()
    assert eventually(lambda: not alive(numbers(log)[0]))
    if number is not signal.SIGKILL:
        assert (parent.returncode, said) == (0, "left in peace\n")
