"""The part `engines`: the same job by every engine, and the limits of the parts that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crowd import Crowd
from laps import BenchFailed, Lap, all_at_once, one_by_one
from limits import limits
from part import Bar, Part, Sizes, table
from rich.table import Table
from rivals import RIVALS, race
from stand import TAKES_ALL, Stand

from kaskad.sandbox.providers import Behaviour, Rates

WORKER = ("worker", "--no-dispatch", "--limit", "1")  # one run at a time: two runs are for two workers
SLOW = Behaviour(default=Rates(deliver=0, delay_s=0.05))
WARM_UPS = 4  # at most, of two workers
LEAST_SHARE = 0.1  # of the work: a second worker that does less was not there
NAMES = {
    "kaskad": "Kaskad, one worker",
    "kaskad_2_workers": "Kaskad, two workers",
    "prefect_run_each": "a Prefect run each",
    "pgqueuer": "pgqueuer",
    "procrastinate": "procrastinate",
    "dbos": "DBOS",
    "bare_loop": "the bare loop",
}


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """Customers per second and what each costs, of every engine in turn; each meets a sandbox of its own."""
    laps, settings = await _kaskad(stand, sizes, bar), dict[str, Any]()
    for engine in RIVALS:
        size = sizes.rivals[engine]
        async with stand.fresh_sandbox():
            rival = await race(stand, engine, size, sizes.warm, bar(NAMES[engine], size), sizes.at_once)
        laps[engine], settings[engine] = rival.lap, rival.settings
    slow = await _slow(stand, sizes, bar)
    parts = await limits(stand, sizes)
    figures = {
        "customers_per_s": {name: round(laps[name].customers_per_s, 2) for name in NAMES},
        "peak_mb": round(max(laps["kaskad"].costs.peak_mb, laps["kaskad_2_workers"].costs.peak_mb), 1),
        "cpu_ms_per_customer": {
            name: {party: round(ms, 3) for party, ms in laps[name].costs.cpu_ms.items()} for name in NAMES
        },
        "wal_kb_per_customer": {name: round(laps[name].costs.wal_kb, 2) for name in NAMES},
        "customers": {name: laps[name].customers for name in NAMES},
        "flow_runs": {name: laps[name].runs for name in NAMES if laps[name].runs},
        "seconds": {name: round(laps[name].seconds, 3) for name in NAMES},
        "settings": settings,
        "provider_of_50_ms": {name: round(lap.customers_per_s, 2) for name, lap in slow.items()},
        "limits_per_s": {name: round(value) for name, value in parts.per_s.items()},
        "html_bytes": parts.html_bytes,
        "json_bytes": parts.json_bytes,
    }
    return Part(figures, (_table(laps), _slow_table(slow), _limits_table(parts.per_s, parts.json_bytes)))


async def _kaskad(stand: Stand, sizes: Sizes, bar: Bar) -> dict[str, Lap]:
    laps = {}
    async with stand.running(*WORKER, KASKAD_LINGER_SECONDS="0") as first:
        async with stand.fresh_sandbox():
            await all_at_once(stand, Crowd("warm", sizes.warm), [first], bar("Warming up", sizes.warm))
            await one_by_one(stand, Crowd("warm-each", 2), [first], bar("Warming up", 2))
            each = bar(NAMES["prefect_run_each"], sizes.each)
            laps["prefect_run_each"] = await one_by_one(stand, Crowd("each", sizes.each), [first], each)
            alone = bar(NAMES["kaskad"], sizes.customers)
            laps["kaskad"] = await all_at_once(stand, Crowd("all", sizes.customers), [first], alone)
        async with stand.running(*WORKER, KASKAD_LINGER_SECONDS="0") as two:
            laps["kaskad_2_workers"] = await _two(stand, sizes, bar, [first, two])
    return laps


async def _two(stand: Stand, sizes: Sizes, bar: Bar, workers: list[int]) -> Lap:
    """Raises BenchFailed when one of them hardly worked."""
    async with stand.fresh_sandbox():
        await _both_there(stand, sizes, workers, "two")
        both = bar(NAMES["kaskad_2_workers"], sizes.customers)
        lap = await all_at_once(stand, Crowd("two", sizes.customers), workers, both)
    if sizes.customers > sizes.batch and min(lap.costs.workers_cpu) < LEAST_SHARE * sum(lap.costs.workers_cpu):
        raise BenchFailed(f"of two workers one did next to nothing: {lap.costs.workers_cpu} s of CPU")
    return lap


async def _both_there(stand: Stand, sizes: Sizes, workers: list[int], name: str) -> None:
    """Returns when the second worker, too, has had its first run: imports and connections are there."""
    for attempt in range(WARM_UPS):
        crowd = Crowd(f"warm-{name}-{attempt}", sizes.warm)
        lap = await all_at_once(stand, crowd, workers, lambda done: None)
        if min(lap.costs.workers_cpu) > LEAST_SHARE * sum(lap.costs.workers_cpu) and attempt:
            return


async def _slow(stand: Stand, sizes: Sizes, bar: Bar) -> dict[str, Lap]:
    """One worker and two, with a provider that takes 50 ms to answer."""
    laps = {}
    async with stand.running(*WORKER, KASKAD_LINGER_SECONDS="0") as first, stand.fresh_sandbox(TAKES_ALL):
        await all_at_once(stand, Crowd("warm-slow", sizes.warm), [first], lambda done: None)
        await stand.behave(SLOW)
        alone = bar("… at 50 ms, one", sizes.slow)
        laps["kaskad"] = await all_at_once(stand, Crowd("slow", sizes.slow), [first], alone)
        async with stand.running(*WORKER, KASKAD_LINGER_SECONDS="0") as two:
            await _both_there(stand, sizes, [first, two], "slow")
            both = bar("… at 50 ms, two", sizes.slow)
            laps["kaskad_2_workers"] = await all_at_once(stand, Crowd("slow-two", sizes.slow), [first, two], both)
    return laps


def _table(laps: Mapping[str, Lap]) -> Table:
    best = max(laps[name].customers_per_s for name in ("kaskad", "kaskad_2_workers"))
    made = table(
        "Due → bought? → render five products → POST 25 KB → record once",
        *(
            "",
            "customers",
            "customers/s",
            "Kaskad is",
            "CPU ms each: worker",
            "Postgres",
            "sandbox",
            "WAL KB",
            "peak MB",
        ),
    )
    for name, title in NAMES.items():
        lap, cpu = laps[name], laps[name].costs.cpu_ms
        times = "" if name.startswith("kaskad") else f"{best / lap.customers_per_s:,.1f} ×"
        costs = [f"{cpu[party]:.2f}" for party in ("worker", "postgres", "sandbox")]
        per_s = f"{lap.customers_per_s:,.1f}"
        memory = (f"{lap.costs.wal_kb:.1f}", f"{lap.costs.peak_mb:,.0f}")
        made.add_row(title, f"{lap.customers:,}", per_s, times, *costs, *memory)
    return made


def _slow_table(slow: Mapping[str, Lap]) -> Table:
    made = table("With a provider that answers in 50 ms", "", "customers/s", "")
    one_worker = slow["kaskad"].customers_per_s
    for name, lap in slow.items():
        made.add_row(NAMES[name], f"{lap.customers_per_s:,.1f}", f"{lap.customers_per_s / one_worker - 1:+.0%}")
    return made


def _limits_table(per_s: Mapping[str, float], size: int) -> Table:
    made = table(f"The limits of the parts, one process ({size:,} bytes of JSON)", "", "per second")
    for name, value in per_s.items():
        made.add_row(name, f"{value:,.0f}")
    return made
