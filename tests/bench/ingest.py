"""The part `ingest`: events through the API, by themselves and under load; and from a trigger to the provider."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from crowd import SOLD_OUT, Crowd, leave_carts, site_events, stock_of, subscriptions
from laps import BenchFailed, Progress
from part import Bar, Part, Sizes, percentile, table
from stand import NOON, Stand, answers

from kaskad.storage import clock

REQUEST = 500  # events in one
AT_ONCE = 4  # requests
PROBE = 20  # events in a request whose latency is measured
PROBE_EVERY = 0.05  # seconds
REST = 3.0  # seconds between two triggers at rest: no run lingers any more
UNDER_LOAD_EVERY = 0.5
ARRIVES_WITHIN = 30.0
FANNED_OUT_WITHIN = 300.0
STEP = timedelta(minutes=1)


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """Events per second; p99 of a request in peace and under load; from a trigger to the provider."""
    async with stand.fresh_sandbox(), open_api(stand) as api:
        per_s = await _rate(api, sizes.events, bar("Events through the API", sizes.events))
        await _post_all(api, subscriptions(sizes.crowd, NOON), bar("Who ask for a product", sizes.crowd))
        async with stand.running("worker", KASKAD_LINGER_SECONDS="2"):
            await _triggers(stand, api, "first", 1, REST, lambda done: None)  # the worker has begun, and rests
            rest = await _triggers(stand, api, "rest", sizes.triggers, REST, bar("Triggers at rest", sizes.triggers))
            quiet = await _probed(api, "quiet", asyncio.sleep(3))
            busy, loaded = await _while_a_batch_runs(stand, api, sizes, bar)
            fanning = await _probed(api, "fanout", _fan_out(stand, api, bar("Fan-out", sizes.crowd)))
    figures = {
        "ingest_per_s": round(per_s),
        "trigger_p50_s": round(percentile(rest, 0.5), 3),
        "trigger_under_load_p50_s": round(percentile(loaded, 0.5), 3),
        "ingest_p99_ms": {
            "quiet": round(percentile(quiet, 0.99), 1),
            "while a batch runs": round(percentile(busy, 0.99), 1),
            "while a product fans out": round(percentile(fanning, 0.99), 1),
        },
    }
    made = table("Events through the API", "", "")
    made.add_row(f"events a second, in requests of {REQUEST}", f"{per_s:,.0f}")
    for name, ms in figures["ingest_p99_ms"].items():  # type: ignore[attr-defined]
        made.add_row(f"p99 of a request of {PROBE}, {name}", f"{ms:,.0f} ms")
    made.add_row("sign-up → provider, p50, at rest", f"{percentile(rest, 0.5):.2f} s")
    made.add_row("sign-up → provider, p50, while a batch runs", f"{percentile(loaded, 0.5):.2f} s")
    return Part(figures, (made,))


@asynccontextmanager
async def open_api(stand: Stand) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API that runs, speaking as the site."""
    settings = stand.settings
    key = write_key(stand, "site")
    url = f"http://{settings.host}:{settings.api_port}"
    async with (
        stand.running("api"),
        httpx.AsyncClient(base_url=url, auth=(key, ""), trust_env=False, timeout=60) as client,
    ):
        await answers(client, "/healthz")
        yield client


def write_key(stand: Stand, name: str) -> str:
    return next(key for key, source in stand.settings.write_keys().items() if source == name)


async def post(api: httpx.AsyncClient, events: list[dict[str, Any]], key: str | None = None) -> float:
    """Milliseconds until the API has said that they are stored."""
    began = time.perf_counter()
    answer = await api.post("/v1/batch", json={"batch": events}, **({"auth": (key, "")} if key else {}))
    if answer.status_code != 200 or "rejected" in answer.json():
        raise BenchFailed(f"the API answered {answer.status_code}: {answer.text[:200]}")
    return 1_000 * (time.perf_counter() - began)


async def _post_all(api: httpx.AsyncClient, events: list[dict[str, Any]], progress: Progress) -> float:
    """Seconds."""
    turn, posted = asyncio.Semaphore(AT_ONCE), 0

    async def send(some: list[dict[str, Any]]) -> None:
        nonlocal posted
        async with turn:
            await post(api, some)
        posted += len(some)
        progress(posted)

    began = time.perf_counter()
    await asyncio.gather(*[send(events[start : start + REQUEST]) for start in range(0, len(events), REQUEST)])
    return time.perf_counter() - began


async def _rate(api: httpx.AsyncClient, count: int, progress: Progress) -> float:
    """Events a second, of a site's everyday: most of them look at products."""
    await _post_all(api, site_events("warm", REQUEST, NOON), lambda done: None)
    events = site_events("visitor", count, NOON)
    return len(events) / await _post_all(api, events, progress)


async def _probed(api: httpx.AsyncClient, name: str, work: Any) -> list[float]:
    """Milliseconds of each small request that was sent while the work went on."""
    took: list[float] = []

    async def probe() -> None:
        for number in range(1_000_000):
            took.append(await post(api, site_events(f"{name}-{number}", PROBE, NOON)))
            await asyncio.sleep(PROBE_EVERY)

    probing = asyncio.create_task(probe())
    try:
        await work
    finally:
        probing.cancel()
        await asyncio.wait([probing])
    if not probing.cancelled() and (error := probing.exception()):
        raise error
    return took


async def _triggers(
    stand: Stand, api: httpx.AsyncClient, name: str, count: int, every: float, progress: Progress
) -> list[float]:
    """Seconds from the moment before each request to the provider's receiving of the message."""
    asked = {}
    for number in range(count):
        address = f"{name}-{number}@signup.example"
        asked[address] = datetime.now(UTC)
        await post(api, _sign_up(f"{name}-{number}", address))
        progress(number + 1)
        await asyncio.sleep(every)
    deadline = time.monotonic() + ARRIVES_WITHIN
    while True:
        records = [record for record in await stand.received(0) if record["to"] in asked]
        if len(records) >= count:
            return [
                (datetime.fromisoformat(record["machine_at"]) - asked[record["to"]]).total_seconds()
                for record in records
            ]
        if time.monotonic() > deadline:
            raise BenchFailed(f"of {count} sign-ups {len(records)} were answered within {ARRIVES_WITHIN:g} s")
        await asyncio.sleep(0.5)


def _sign_up(customer: str, address: str) -> list[dict[str, Any]]:
    who = {"userId": customer, "timestamp": NOON.isoformat()}
    traits = {"email": address, "timezone": "Europe/Moscow", "locale": "en"}
    said = {"email": address, "confirm_url": f"https://shop.example/confirm/{customer}"}
    return [
        {**who, "type": "identify", "messageId": f"{customer}/identify", "traits": traits},
        {**who, "type": "track", "event": "Signed Up", "messageId": f"{customer}/signed-up", "properties": said},
    ]


async def _while_a_batch_runs(
    stand: Stand, api: httpx.AsyncClient, sizes: Sizes, bar: Bar
) -> tuple[list[float], list[float]]:
    """Milliseconds of small requests, and seconds from sign-up to provider, until everybody was reached."""
    progress, before = bar("A batch runs", sizes.customers), await stand.count_received()
    triggered: list[float] = []

    async def run() -> None:
        async with stand.runtime.database.transaction() as connection:
            await clock.set_clock(connection, NOON + STEP)
        triggering = _triggers(stand, api, "load", sizes.triggers, UNDER_LOAD_EVERY, lambda done: None)
        asking = asyncio.create_task(triggering)
        wanted = before + sizes.customers + sizes.triggers
        async with asyncio.timeout(FANNED_OUT_WITHIN):
            while (got := await stand.count_received()) < wanted:
                progress(got - before)
                await asyncio.sleep(0.5)
        triggered.extend(await asking)

    await leave_carts(stand.runtime, Crowd("meanwhile", sizes.customers).ids, NOON + STEP)  # due by then, not yet
    return await _probed(api, "batch", run()), triggered


async def _fan_out(stand: Stand, api: httpx.AsyncClient, progress: Progress) -> None:
    """Returns when everybody who asked for the product is let in."""
    for seconds, units in ((10, 0), (5, 1_000_000)):
        await post(api, [stock_of(SOLD_OUT, units, NOON - timedelta(seconds=seconds))], key=write_key(stand, "store"))
    async with asyncio.timeout(FANNED_OUT_WITHIN):
        while True:
            await asyncio.sleep(0.5)
            async with stand.runtime.database.transaction() as connection:
                cursor = await connection.execute(
                    """SELECT (SELECT count(*) FROM fanout WHERE done_at IS NULL) AS open, (SELECT count(*) FROM fanout)
                        AS fanouts, (SELECT count(*) FROM enrollment WHERE journey = 'back_in_stock') AS people"""
                )
                row = await cursor.fetchone()
            assert row is not None
            progress(row["people"])
            if row["fanouts"] and not row["open"]:
                return
