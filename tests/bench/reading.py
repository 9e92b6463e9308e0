"""The part `reading`: a cart that is changed in one place, until another place reads it, while events come in."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
from crowd import site_events
from ingest import REQUEST, open_api, post, write_key
from laps import BenchFailed
from part import Bar, Part, Sizes, percentile, table
from stand import NOON, Stand

CUSTOMERS = 20  # whose carts change, in turn
WRITERS = 4  # at the same time
WITHIN = 1.0  # seconds: "in the same second"


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """Seconds from the moment before a `PUT` to the answer of the `GET` that shows it, in peace and under load."""
    async with stand.fresh_sandbox(), open_api(stand) as api:
        names = [f"reader-{number}" for number in range(CUSTOMERS)]
        await post(api, [_known(name) for name in names])
        quiet = await _changed(stand, api, names, count=sizes.carts, progress=bar("Carts in peace", sizes.carts))
        loading = asyncio.create_task(_load(api))
        try:
            busy = await _changed(stand, api, names, count=sizes.carts, progress=bar("Carts under load", sizes.carts))
        finally:
            loading.cancel()
            await asyncio.wait([loading])
        if not loading.cancelled() and (error := loading.exception()):
            raise error
    figures = {
        name: {"p50": round(1_000 * percentile(took, 0.5), 1), "p99": round(1_000 * percentile(took, 0.99), 1)}
        for name, took in (("quiet", quiet), ("while events come in", busy))
    }
    made = table("A cart changed in one place, read in another", "", "p50", "p99")
    for name, ms in figures.items():
        made.add_row(name, f"{ms['p50']:,.0f} ms", f"{ms['p99']:,.0f} ms")
    return Part({"cart_seen_ms": figures}, (made,))


def _known(name: str) -> dict[str, Any]:
    return {
        "type": "identify",
        "userId": name,
        "messageId": f"{name}/known",
        "timestamp": NOON.isoformat(),
        "traits": {},
    }


async def _load(api: httpx.AsyncClient) -> None:
    """Posts a site's everyday, one full request after the other, until it is cancelled."""
    for number in range(1_000_000):
        await post(api, site_events(f"load-{number}", REQUEST, NOON))


async def _changed(stand: Stand, api: httpx.AsyncClient, names: list[str], *, count: int, progress: Any) -> list[float]:
    """Seconds of each change."""
    turns, took = asyncio.Semaphore(WRITERS), list[float]()

    async def change(number: int) -> None:
        async with turns:
            took.append(await _change(stand, api, names[number % len(names)], number))
            progress(len(took))

    await asyncio.gather(*[change(number) for number in range(count)])
    if (slowest := percentile(took, 0.99)) > WITHIN:
        raise BenchFailed(f"p99 of a changed cart is {slowest:.2f} s, more than {WITHIN:g}")
    return took


async def _change(stand: Stand, api: httpx.AsyncClient, name: str, number: int) -> float:
    path, product = f"/v1/customers/{name}/cart?cart_id=c{number}", f"p{number}"
    said = {"products": [{"product_id": product, "price": 100, "quantity": 1}]}
    began = time.perf_counter()
    done = await api.put(path, json=said, headers={"If-Match": "*"}, auth=(write_key(stand, "store"), ""))
    if done.status_code != 200:
        raise BenchFailed(f"the API answered {done.status_code}: {done.text[:200]}")
    while True:
        headers = {"Authorization": f"Bearer {stand.settings.admin_key()}"}
        seen = await api.get(path, headers=headers, auth=None)
        if [item["product_id"] for item in seen.json()["items"]] == [product]:
            return time.perf_counter() - began
