"""A rehearsal in rounds decides what the live engine decides, on the same script of events, ticks and receipts.

`KASKAD_REHEARSED=10000` plays 100,000 events of so many customers, a quarter of an hour for each number of workers.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kaskad.sandbox.shop.month import generate_month, write_calls
from kaskad.services.simulation import batches, results
from kaskad.services.simulation.recording_providers import USUAL_RATES, SimulatedAnswers
from kaskad.services.simulation.run import Scenario, run_scenario
from kaskad.services.simulation.runtime import open_runtime
from kaskad.services.simulation.script import Script, Tick, read_events
from tests.support.playing import LiveEngine, difference
from tests.support.postgres import cloned
from tests.support.shipped import shipped_draft

pytestmark = pytest.mark.anyio

START = datetime(2027, 3, 1, tzinfo=UTC)
PEOPLE = int(os.environ.get("KASKAD_REHEARSED", "60"))  # of one shop, with ten events each and its tills' and shelves'
EVENTS = max(10 * PEOPLE, 1_050)
DAYS = 4
SHIPPED = ("abandoned_cart", "browse_abandonment", "back_in_stock", "email_confirmation", "thank_you")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The five journeys that are shipped as the shop's own."""
    draft = shipped_draft()
    journeys = {name: draft.project.journeys[name] for name in SHIPPED}
    return Scenario(draft.project.model_copy(update={"journeys": journeys}), draft.compiled)


@pytest.fixture(scope="module")
def script(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Script:
    """Some days of a small shop."""
    path: Path = tmp_path_factory.mktemp("script") / "events.ndjson"
    write_calls(generate_month(PEOPLE, EVENTS, START, days=DAYS), path)
    return Script(START, START + timedelta(days=DAYS + 2), read_events(path, scenario.project))


@contextmanager
def databases(admin: psycopg.Connection, count: int) -> Iterator[list[str]]:
    """So many empty databases."""
    if not count:
        yield []
        return
    with cloned(admin) as url, databases(admin, count - 1) as others:
        yield [url, *others]


async def rehearsed(url: str, scenario: Scenario, script: Script, tick: Tick, workers: int) -> Counter[Any]:
    """What a rehearsal decides."""
    async with open_runtime(url, SimulatedAnswers(USUAL_RATES)) as simulation:
        await run_scenario(simulation, scenario, script, tick=tick, workers=workers)
        return results.fingerprint_decisions(await results.load_decisions(simulation.database))


async def lived(url: str, scenario: Scenario, script: Script, workers: int) -> Counter[Any]:
    """What the live engine decides."""
    async with open_runtime(url, SimulatedAnswers(USUAL_RATES)) as simulation:
        await LiveEngine(simulation, script, HOUR, workers).play(scenario)
        return results.fingerprint_decisions(await results.load_decisions(simulation.database))


@pytest.mark.parametrize("workers", [1, 4])
async def test_a_rehearsal_decides_what_the_live_engine_decides(
    postgres_admin: psycopg.Connection, scenario: Scenario, script: Script, workers: int
) -> None:
    with databases(postgres_admin, 2) as (here, there):
        live = await lived(there, scenario, script, workers)
        played_in_rounds = await rehearsed(here, scenario, script, HOUR, workers)
    assert live.total() > 100
    assert {kind for *_, kind, _, _ in live} >= {"entered", "queued", "held", "left", "dropped", "refused", "done"}
    assert difference(played_in_rounds, live) == []


async def test_without_ticks_nothing_depends_on_workers_or_on_what_is_taken_together(
    postgres_admin: psycopg.Connection, scenario: Scenario, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases(postgres_admin, 2) as (here, there):
        by_one = await rehearsed(here, scenario, script, None, 1)
        monkeypatch.setattr(batches, "EVENTS_PER_BATCH", 3)
        monkeypatch.setattr(batches, "CUSTOMERS_PER_BATCH", 2)
        assert difference(by_one, await rehearsed(there, scenario, script, None, 4)) == []
