"""The part `inside`: the engine in this process, without Prefect: how long its locks are held, where its time goes."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from aiohttp.client_proto import ResponseHandler
from crowd import Crowd, leave_carts
from laps import JOURNEY, Progress, exactly, tidy
from part import Bar, Part, Sizes, percentile, table
from rich.table import Table
from stand import NOON, Stand

from kaskad.channels.base import Adapter
from kaskad.domain.channel import Channel
from kaskad.runtime import Runtime
from kaskad.services.decisions import runner
from kaskad.services.delivery import deliver, provider_calls, send_check
from kaskad.services.delivery.rendering import MessageRenderer
from kaskad.storage.database import Connection, Database

EVERY = 0.001  # seconds of CPU between two samples
TOP = 25
# What a sample belongs to: the innermost of these functions that is running.
PHASES = {
    runner.decide_batch.__code__: "advance",
    MessageRenderer.render.__code__: "render",
    send_check.check_and_commit.__code__: "look",
    Adapter.send.__code__: "HTTP",
    ResponseHandler.data_received.__code__: "HTTP",
    provider_calls.settle_all.__code__: "settle",
}
REST = "event loop and the rest"


class TimedDatabase:
    """The database, with the seconds that each transaction lasted: a lock is held no longer."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.url, self.seconds = inner.url, list[float]()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self._inner.transaction() as connection:
            began = time.perf_counter()
            yield connection
        self.seconds.append(time.perf_counter() - began)


@dataclass
class Parts:
    """What the services need, with the database timed."""

    runtime: Runtime
    database: Any = field(init=False)

    def __post_init__(self) -> None:
        self.database = TimedDatabase(self.runtime.database)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runtime, name)


@dataclass
class Samples:
    """Where the CPU was, a thousand times a second of it: by phase, and by function with all that it calls or alone."""

    phases: Counter[str] = field(default_factory=Counter)
    alone: Counter[tuple[str, str]] = field(default_factory=Counter)
    total: int = 0
    seconds: float = 0.0

    def take(self, _: int, frame: FrameType | None) -> None:
        """One sample: the handler of SIGPROF."""
        assert frame is not None
        self.total += 1
        self.alone[_place(frame)] += 1
        while frame is not None and frame.f_code not in PHASES:
            frame = frame.f_back
        self.phases[PHASES[frame.f_code] if frame else REST] += 1

    @contextmanager
    def taking(self) -> Iterator[None]:
        """While inside, samples are taken of this thread."""
        began, before = time.process_time(), signal.signal(signal.SIGPROF, self.take)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
            self.seconds = time.process_time() - began


def _place(frame: FrameType) -> tuple[str, str]:
    file = frame.f_code.co_filename
    for folder in ("/site-packages/", "/src/", "/lib/python"):
        file = file.rpartition(folder)[2]
    return file, frame.f_code.co_name


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """How long transactions hold their locks at most, and where the CPU of one customer goes."""
    parts, samples = Parts(stand.runtime), Samples()
    warm = Crowd("inside-warm", sizes.warm)  # statements are prepared, questions compiled
    await _lap(stand, Parts(stand.runtime), warm, lambda done: None, nullcontext())
    timed = Crowd("inside", sizes.inside)
    seconds = await _lap(stand, parts, timed, bar("Inside, timed", sizes.inside), nullcontext())
    crowd = Crowd("sampled", sizes.inside)  # in a lap of its own: taking samples makes every lock last longer
    await _lap(stand, Parts(stand.runtime), crowd, bar("Inside, sampled", sizes.inside), samples.taking())
    reached = sizes.inside
    locks = [1_000 * lock_s for lock_s in parts.database.seconds]
    p99 = round(percentile(locks, 0.99), 1)
    ms = {phase: samples.seconds * 1_000 * count / samples.total / reached for phase, count in samples.phases.items()}
    figures = {
        "lock_p99_ms": p99,
        "inside": {
            "customers_per_s": round(reached / seconds, 1),
            "lock_p50_ms": round(percentile(locks, 0.5), 1),
            "lock_max_ms": round(max(locks), 1),
            "cpu_ms_per_customer": {phase: round(value, 3) for phase, value in ms.items()},
        },
    }
    return Part(figures, (_phases(ms, p99), _functions(samples, reached)))


async def _lap(
    stand: Stand, parts: Parts, crowd: Crowd, progress: Progress, around: AbstractContextManager[None]
) -> float:
    """How many seconds the work took."""
    async with stand.fresh_sandbox(), exactly(stand, crowd):
        await leave_carts(stand.runtime, crowd.ids, NOON)
        await tidy(stand)
        began = time.perf_counter()
        with around:
            await work(parts, progress)
        return time.perf_counter() - began


async def work(parts: Parts, progress: Progress) -> int:
    """How many were reached: people are checked and mail is sent at the same time, as in the flow's lanes."""
    checking = asyncio.create_task(_check(parts))
    reached = 0
    while True:
        checked = checking.done()
        delivered = await deliver.deliver_batch(parts, JOURNEY, Channel.EMAIL)
        reached += delivered.outcomes["sent"]
        progress(reached)
        if not delivered.claimed:
            if checked:
                return reached
            await asyncio.sleep(0.01)


async def _check(parts: Parts) -> None:
    while (await runner.decide_batch(parts, JOURNEY)).people:
        pass


def _phases(ms: dict[str, float], p99: float) -> Table:
    made = table(f"Where one customer's CPU goes (locks are held for at most {p99:,.0f} ms, p99)", "", "ms", "")
    for phase, value in sorted(ms.items(), key=lambda phase_ms: -phase_ms[1]):
        made.add_row(phase, f"{value:.3f}", f"{value / sum(ms.values()):.0%}")
    return made


def _functions(samples: Samples, reached: int) -> Table:
    made = table("The dearest functions, each alone", "", "ms", "")
    for (file, name), count in samples.alone.most_common(TOP):
        share = count / samples.total
        made.add_row(f"{file} {name}", f"{1_000 * samples.seconds * share / reached:.4f}", f"{share:.1%}")
    return made
