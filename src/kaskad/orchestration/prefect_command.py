"""Prefect's command line, with the garbage collector in a thread of its own.

    python -m kaskad.orchestration.prefect_command server start …

On SQLite the server stood still for a minute now and then. A collection in the event loop's thread would finalize a
cursor, which waits for its connection; the connection's thread waits (`busy_timeout`, 60 s) for the write lock; and
whoever holds that lock needs the event loop to let go of it. In another thread the collector may wait, the loop goes on.
"""

from __future__ import annotations

import gc
import runpy
import threading
import time

YOUNG_EVERY = 0.5  # seconds between two collections of young objects
ALL_EVERY = 60  # so many young ones to one of all


def main() -> None:
    """Runs the `prefect` command with this process's arguments."""
    gc.disable()
    threading.Thread(target=_collect, name="garbage", daemon=True).start()
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)


def _collect() -> None:
    round_ = 0
    while True:
        time.sleep(YOUNG_EVERY)
        round_ += 1
        gc.collect(2 if round_ % ALL_EVERY == 0 else 1)


if __name__ == "__main__":
    main()
