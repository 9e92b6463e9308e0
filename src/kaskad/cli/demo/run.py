"""Runs the demo in a local stack, from its start to the summary."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from rich.console import Console

from kaskad.cli.demo import summary
from kaskad.cli.demo.catalogue import catalogue_events
from kaskad.cli.demo.figures import collect_figures
from kaskad.cli.demo.playback import DemoPlayback
from kaskad.cli.demo.progress import Steps, played, shown
from kaskad.cli.stack.local_stack import LocalStack, start_local_stack
from kaskad.cli.stack.sandbox_behaviour import DEFAULT_BEHAVIOUR, sandbox_providers
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.runtime import Runtime, open_runtime
from kaskad.sandbox.providers import Behaviour, Rates, Sandbox
from kaskad.sandbox.shop.catalogue import catalogue
from kaskad.sandbox.shop.event import ShopEvent
from kaskad.sandbox.shop.people import KOLYA_ID, Person, generate_customers
from kaskad.sandbox.shop.segment_feed import SegmentFeed
from kaskad.sandbox.shop.timeline import build_timeline
from kaskad.services.explaining.explain import explain
from kaskad.settings import SANDBOX_SECRET, Settings
from kaskad.storage import clock

START = datetime(2027, 2, 28, 21, 0, tzinfo=UTC)  # Monday, 1 March 2027, midnight in Moscow
FAST_POSTGRES = (("fsync", "off"), ("synchronous_commit", "off"))  # of a database that is deleted afterwards


async def run_demo(
    settings: Settings, console: Console, *, people: int, days: int, seed: int, as_json: bool, keep: bool
) -> None:
    """Plays the days, and prints the results. With `keep` the stack runs until Ctrl-C."""
    steps = Steps(console)
    steps.say(f"{people:,} customers, {played(days * 24)}. Starting Postgres and Prefect …")
    events = asyncio.create_task(asyncio.to_thread(_events, people, days, seed))
    async with (
        start_local_stack(settings, steps.tell, postgres=FAST_POSTGRES) as stack,
        _play_days(stack, steps, await events, days=days) as (runtime, play),
    ):
        seconds = steps.seconds
        steps.say("counting what the providers received …")
        counted = await collect_figures(
            runtime, play.sandbox.received, play.feed.answered, flow_runs=play.flow_runs, seconds=seconds
        )
        summary.print_summary(console, counted, await explain(runtime, KOLYA_ID))
        if keep:
            ui = settings.prefect_api_url.removesuffix("/api")
            console.print(f"\nPrefect UI: [bold]{ui}[/]. Its password: {settings.prefect_auth}. Ctrl-C ends it.")
            await stack.wait()
    if as_json:
        print(json.dumps(counted.document(), ensure_ascii=False))  # noqa: T201 - the last line of stdout


def _events(people: int, days: int, seed: int) -> tuple[list[Person], list[ShopEvent]]:
    persons, products = generate_customers(people, seed), catalogue(seed)
    lived = build_timeline(persons, products, START, days=days, seed=seed)
    return persons, [*catalogue_events(products, START), *lived]


@asynccontextmanager
async def _play_days(
    stack: LocalStack, steps: Steps, shop: tuple[Sequence[Person], Sequence[ShopEvent]], *, days: int
) -> AsyncIterator[tuple[Runtime, DemoPlayback]]:
    """The remaining processes of the stack, and the playback of the days."""
    persons, events = shop
    settings = stack.settings
    api = f"http://{settings.host}:{settings.api_port}"
    keys = {source: key for key, source in settings.write_keys().items()}
    async with open_runtime(settings) as runtime:
        async with runtime.database.transaction() as connection:
            await clock.set_clock(connection, START)
        steps.say("publishing the journeys …")
        await stack.command("publish")
        steps.say("starting the API and a worker …")
        await stack.start("api", ready=f"{api}/healthz")
        await stack.start("worker", "--no-dispatch")
        async with (
            _sandbox(runtime, persons[0], api) as sandbox,
            SegmentFeed(api, {s: keys[s] for s in ("site", "app", "store")}, lambda: datetime.now(UTC)) as feed,
            PrefectGateway(settings.prefect_api_url, auth=settings.prefect_auth) as gateway,
        ):
            play = DemoPlayback(runtime, gateway, sandbox, feed, events, START, START + timedelta(days=days))
            steps.say(f"playing {played(days * 24)}: {len(events):,} events …")
            with shown(steps, play.start, days) as progress:
                await play.run(progress.step)
            yield runtime, play


def _sandbox(runtime: Runtime, kolya: Person, api: str) -> Sandbox:
    """The sandbox, with customers who answer like real ones. Kolya always has his phone at hand."""
    settings = runtime.settings
    token = kolya.push_token or ""
    behaviour = Behaviour(
        seed=DEFAULT_BEHAVIOUR.seed,
        channels=DEFAULT_BEHAVIOUR.channels,
        to={token: Rates(refuse=0, retry=0, deliver=1, open=1)},
    )
    return Sandbox(
        settings.home / "sandbox",
        runtime.engine_now,
        behaviour,
        http_port=settings.sandbox_http_port,
        smtp_port=settings.sandbox_smtp_port,
        hooks_url=f"{api}/hooks",
        secret=settings.provider_secret(SANDBOX_SECRET),
        providers=sandbox_providers(),
    )
