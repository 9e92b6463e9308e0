"""The part `outages`: one provider dead, another slow by two seconds: what becomes of the other channels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from crowd import Crowd, address_of, leave_carts
from laps import BenchFailed, run_of, tidy, told
from part import Bar, Part, Sizes, percentile, table
from stand import NOON, Stand

from kaskad.domain.channel import Channel
from kaskad.sandbox.providers import Behaviour, Rates

SLOW = Behaviour(default=Rates(deliver=0), channels={Channel.VIBER: Rates(deliver=0, delay_s=2)})
# Nothing listens there: the first provider of web push is dead, and the second one carries on.
DEAD = "dead_webpush: {adapter: http, url: http://127.0.0.1:9/webpush, secret: KASKAD_SANDBOX_SECRET}\n"
SHARE = 40  # of so many customers one is reached by web push, and one by Viber


@dataclass(frozen=True, slots=True)
class Run:
    """E-mails a second while they went; and when each web push arrived, in seconds after the run's beginning."""

    emails_per_s: float
    webpush_s: list[float]


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """E-mails a second with all providers well, and with one dead and one slow; p99 of falling over."""
    async with stand.running("worker", "--no-dispatch", "--limit", "1", KASKAD_LINGER_SECONDS="0"):
        await _once(stand, "warm", min(200, sizes.outage), bar)
        well = await _once(stand, "well", sizes.outage, bar)
        await _kill_webpush(stand)
        async with stand.fresh_sandbox(SLOW):
            ill = await _lap(stand, "ill", sizes.outage, bar)
    falls = 1 - ill.emails_per_s / well.emails_per_s
    figures = {
        "outages": {
            "emails_per_s": {"all well": round(well.emails_per_s, 1), "one dead, one slow": round(ill.emails_per_s, 1)},
            "falls_by": round(falls, 3),
            "failover_p99_s": round(percentile(ill.webpush_s, 0.99), 2),
            "without_failover_p99_s": round(percentile(well.webpush_s, 0.99), 2),
        }
    }
    made = table("Web push's first provider dead, Viber's slow by 2 s", "", "all well", "ill")
    made.add_row("e-mails a second", f"{well.emails_per_s:,.0f}", f"{ill.emails_per_s:,.0f} ({-falls:+.0%})")
    p99 = [f"{percentile(one.webpush_s, 0.99):.1f} s" for one in (well, ill)]
    made.add_row("run begins → web push arrives, p99", *p99)
    return Part(figures, (made,))


async def _once(stand: Stand, name: str, emails: int, bar: Bar) -> Run:
    async with stand.fresh_sandbox():
        return await _lap(stand, name, emails, bar)


async def _lap(stand: Stand, name: str, emails: int, bar: Bar) -> Run:
    """One run of the journey for people of three channels. Raises BenchFailed unless each got exactly one message."""
    crowds = [Crowd(name, emails)]
    crowds += [Crowd(f"{name}-{channel}", max(1, emails // SHARE), channel) for channel in ("webpush", "viber")]
    for crowd in crowds:
        await leave_carts(stand.runtime, crowd.ids, NOON, crowd.channel)
    await tidy(stand)
    total = sum(crowd.size for crowd in crowds)
    began = datetime.now(UTC)
    async with told(stand, bar(f"Outages: {name}", total)):
        await run_of(stand, {})
    records = await stand.received(0)
    arrived = {record["to"]: datetime.fromisoformat(record["machine_at"]) for record in records}
    expected = {address_of(customer) for crowd in crowds for customer in crowd.ids}
    if len(records) != total or set(arrived) != expected:
        raise BenchFailed(f"{total} people were to get one message each, and {len(arrived)} got {len(records)}")
    by_email, by_webpush = ([arrived[address_of(one)] for one in crowd.ids] for crowd in crowds[:2])
    lasted = (max(by_email) - min(by_email)).total_seconds()
    return Run(len(by_email) / lasted, [(at - began).total_seconds() for at in by_webpush])


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
