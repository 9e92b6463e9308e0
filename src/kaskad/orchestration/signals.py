"""Runs an event loop in its own thread, so that Prefect cannot replace the handler of SIGTERM.

Prefect's flow engine replaces the handler of SIGTERM while it runs in the main thread, by one that raises in
the code that the loop runs at that moment. In another thread it cannot.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType
from typing import Any

import uvloop

Main = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


def run_until_signal(main: Main, *, stop_within: float = 3.0) -> None:
    """Returns when `main(stop)` does, and raises its errors; SIGINT and SIGTERM set `stop`. Call it in the main thread.

    If `main` has not returned `stop_within` seconds after the first signal, the process exits at once with code 1.
    """
    loop, stop = uvloop.new_event_loop(), asyncio.Event()
    last_resort = threading.Timer(stop_within, os._exit, (1,))
    last_resort.daemon = True

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if not last_resort.is_alive():
            last_resort.start()
        with suppress(RuntimeError):  # the loop is closed: `main` has ended
            loop.call_soon_threadsafe(stop.set)

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(main(stop))

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="loop") as thread:
            thread.submit(work).result()
    finally:
        last_resort.cancel()
        for number, handler in previous.items():
            signal.signal(number, handler)
