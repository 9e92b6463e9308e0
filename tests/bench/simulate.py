"""A month of a shop simulated: how long the journey of the abandoned cart takes over it, without anything sent."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from part import Bar, Part, Sizes, table
from stand import ROOT, Stand

from kaskad.sandbox.shop.month import generate_month, write_calls
from kaskad.services.projects import loading
from kaskad.services.simulation import results
from kaskad.services.simulation.recording_providers import USUAL_RATES, SimulatedAnswers
from kaskad.services.simulation.run import Scenario, run_scenario
from kaskad.services.simulation.runtime import open_runtime
from kaskad.services.simulation.script import Script, read_events
from kaskad.storage import scratch

START = datetime(2027, 3, 1, tzinfo=UTC)
JOURNEY = "abandoned_cart"
EVENTS = 10  # of each customer
LEAST = 5_000  # events: a month of tills and shelves alone is nearly half of it


async def measure(stand: Stand, sizes: Sizes, bar: Bar) -> Part:
    """Seconds for so many events, from reading the file to the last decision."""
    settings = stand.runtime.settings
    count = max(LEAST, EVENTS * sizes.customers)
    path = settings.home / "month.ndjson"
    write_calls(generate_month(sizes.customers, count, START), path)
    draft = loading.load_project(ROOT, settings.home / "templates")
    journeys = {JOURNEY: draft.project.journeys[JOURNEY]}
    scenario = Scenario(draft.project.model_copy(update={"journeys": journeys}), draft.compiled)
    progress = bar("a month of a shop", count)
    with scratch.create_database(stand.runtime.database.url) as url:
        async with open_runtime(url, SimulatedAnswers(USUAL_RATES)) as simulation:
            begun = time.monotonic()
            script = Script(START, START + timedelta(days=37), read_events(path, scenario.project), open_ended=True)
            rounds = await run_scenario(simulation, scenario, script, progress=progress)
            seconds = time.monotonic() - begun
            decisions = len(await results.load_decisions(simulation.database))
    figures = {"events": count, "customers": sizes.customers, "decisions": decisions, "rounds": rounds}
    shown = table("A month simulated", "events", "customers", "decisions", "rounds", "seconds")
    shown.add_row(*(f"{figure:,}" for figure in figures.values()), f"{seconds:.1f}")
    return Part({"simulate": {**figures, "seconds": round(seconds, 1)}}, (shown,))
