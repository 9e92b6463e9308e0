"""The part `outages`: one provider dead, another slow by two seconds: what becomes of the other channels."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crowd import Crowd, address_of, leave_carts
from laps import BenchFailed, exactly, reporting, tidy
from part import Bar, Part, Sizes, percentile, table
from stand import NOON, TAKES_ALL, Stand

from kaskad.domain.channel import Channel
from kaskad.sandbox.providers import Behaviour, Rates
from kaskad.storage import clock

SLOW = Behaviour(default=Rates(deliver=0), channels={Channel.VIBER: Rates(deliver=0, delay_s=2)})
# Nothing listens there: the first provider of web push is dead, and the second one carries on.
DEAD = "dead_webpush: {adapter: http, url: http://127.0.0.1:9/webpush, secret: KASKAD_SANDBOX_SECRET}\n"
SHARE = 40  # of so many customers one is reached by web push, and one by Viber
APART = timedelta(minutes=3)  # the laps, on the engine's clock
TICK = 0.25  # seconds
ARRIVE_WITHIN = 90.0


@dataclass(frozen=True, slots=True)
class Run:
    """E-mails a second while they went; and when each web push arrived, in seconds after it was due."""

    emails_per_s: float
    webpush_s: list[float]


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """E-mails a second with all providers well, and with one dead and one slow; p99 of falling over."""
    async with stand.running("worker", KASKAD_LINGER_SECONDS="2"):
        await _lap(stand, "warm", min(200, sizes.outage), NOON + APART, TAKES_ALL, bar)
        well = await _lap(stand, "well", sizes.outage, NOON + 2 * APART, TAKES_ALL, bar)
        await _kill_webpush(stand)
        ill = await _lap(stand, "ill", sizes.outage, NOON + 3 * APART, SLOW, bar)
    falls = 1 - ill.emails_per_s / well.emails_per_s
    p99 = {name: round(percentile(run.webpush_s, 0.99), 2) for name, run in (("all well", well), ("ill", ill))}
    figures = {
        "emails_per_s": {"all well": round(well.emails_per_s, 1), "ill": round(ill.emails_per_s, 1)},
        "falls_by": round(falls, 3),
        "webpush_p99_s": p99,
        "failover_p99_s": round(p99["ill"] - p99["all well"], 2),
    }
    made = table("Web push's first provider dead, Viber's slow by 2 s", "", "all well", "ill")
    made.add_row("e-mails a second", f"{well.emails_per_s:,.0f}", f"{ill.emails_per_s:,.0f} ({-falls:+.0%})")
    made.add_row("web push due → arrives, p99", f"{p99['all well']:.1f} s", f"{p99['ill']:.1f} s")
    return Part({"outages": figures}, (made,))


async def _lap(stand: Stand, name: str, emails: int, at: datetime, behaviour: Behaviour, bar: Bar) -> Run:
    """The journey for people of three channels, all of them due at that instant of the engine's clock."""
    few = max(1, emails // SHARE)
    crowds = [Crowd(name, emails), Crowd(f"{name}-webpush", few, "webpush"), Crowd(f"{name}-viber", few, "viber")]
    total = sum(crowd.size for crowd in crowds)
    for crowd in crowds:
        await leave_carts(stand.runtime, crowd.ids, at, crowd.channel)
    await tidy(stand)
    async with stand.fresh_sandbox(behaviour):
        async with (
            exactly(stand, *crowds),
            reporting(stand, bar(f"Outages: {name}", total)),
            _clock_from(stand, at) as began,
        ):
            await _arrived(stand, total)
        arrived = {record["to"]: datetime.fromisoformat(record["machine_at"]) for record in await stand.received(0)}
    by_email, by_webpush = ([arrived[address_of(customer)] for customer in crowd.ids] for crowd in crowds[:2])
    lasted = (max(by_email) - min(by_email)).total_seconds()
    return Run(len(by_email) / lasted, [(when - began).total_seconds() for when in by_webpush])


@asynccontextmanager
async def _clock_from(stand: Stand, at: datetime) -> AsyncIterator[datetime]:
    """While inside, the engine's clock goes on from that instant, as fast as the machine's; when it began, on that."""
    began = datetime.now(UTC)

    async def tick() -> None:
        while True:
            async with stand.runtime.database.transaction() as connection:
                await clock.set_clock(connection, at + (datetime.now(UTC) - began))
            await asyncio.sleep(TICK)

    ticking = asyncio.create_task(tick())
    try:
        yield began
    finally:
        ticking.cancel()
        await asyncio.wait([ticking])


async def _arrived(stand: Stand, total: int) -> None:
    """Returns when so many messages have come, or it has taken too long: `exactly` says then what is missing."""
    for _ in range(round(ARRIVE_WITHIN / TICK)):
        if await stand.count_received() >= total:
            return
        await asyncio.sleep(TICK)


async def _kill_webpush(stand: Stand) -> None:
    """Publishes the project with a first provider of web push that is not there."""
    configs = stand.settings.project / "configs"
    providers, channels = configs / "providers.yaml", configs / "channels.yaml"
    providers.write_text(providers.read_text() + DEAD)
    text, found = re.subn(r"(webpush: .*providers: \[)", r"\1dead_webpush, ", channels.read_text())
    if found != 1:
        raise BenchFailed("configs/channels.yaml names the providers of web push in another way now")
    channels.write_text(text)
    await stand.command("publish")
