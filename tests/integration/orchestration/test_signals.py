"""A loop that is asked to stop, and one that does not listen: real processes and real signals."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

PROGRAM = """
import asyncio, sys, time
from kaskad.orchestration.signals import run_until_signal

async def main(stop):
    print("up", flush=True)
    if sys.argv[1] == "listens":
        await stop.wait()
        print("settled", flush=True)
    elif sys.argv[1] == "breaks":
        raise ValueError("broken")
    else:
        time.sleep(60)

run_until_signal(main, stop_within=0.5)
"""


@pytest.mark.parametrize(("manner", "code", "said"), [("listens", 0, "settled\n"), ("blocks", 1, "")])
def test_sigterm_ends_it_in_time(manner: str, code: int, said: str) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, manner], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            asked = time.monotonic()
            process.terminate()
            rest, _ = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, rest) == (code, said)
    assert time.monotonic() - asked < 3


def test_what_the_loop_raises_comes_out() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM, "breaks"], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.endswith("ValueError: broken\n")
