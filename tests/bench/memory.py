"""The part `memory`: whether a worker's memory stays flat over a hundred thousand customers."""

from __future__ import annotations

from functools import partial

from crowd import Crowd
from laps import Progress, all_at_once
from part import Bar, Part, Sizes, table
from processes import peak_mb
from stand import Stand

PARTS = 5


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """The worker's peak after each fifth of the customers; it has long stopped growing when it is flat."""
    peaks = dict[str, float]()
    made = table("A worker's memory", "customers", "peak MB")
    progress = bar("Memory", sizes.memory)
    each = max(1, sizes.memory // PARTS)
    async with stand.running("worker", "--no-dispatch", "--limit", "1", KASKAD_LINGER_SECONDS="0") as worker:
        for number in range(PARTS):
            async with stand.fresh_sandbox():
                done = number * each
                await all_at_once(stand, Crowd(f"memory-{number}", each), [worker], partial(_on, progress, done))
            peaks[str(done + each)] = round(peak_mb(worker), 1)
            made.add_row(f"{done + each:,}", f"{peaks[str(done + each)]:,.0f}")
    return Part({"peak_mb_after_customers": peaks}, (made,))


def _on(progress: Progress, done: int, got: int) -> None:
    """Those who were reached before count too."""
    progress(done + got)
