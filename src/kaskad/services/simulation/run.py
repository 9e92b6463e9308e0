"""One simulation run: publishes the journeys, ingests the history, and plays the script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kaskad.content import CompiledMessage
from kaskad.domain.journeys.project import Project
from kaskad.services.ingestion import ingest
from kaskad.services.simulation.recorded_history import Identities, copy_customers
from kaskad.services.simulation.runtime import SimulationRuntime
from kaskad.services.simulation.script import Script, Tick
from kaskad.services.simulation.simulator import Progress, Simulator
from kaskad.storage import clock
from kaskad.storage.clock import Instants


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated: the files, and every message that their journeys name."""

    project: Project
    compiled: Mapping[str, CompiledMessage]


async def run_scenario(
    runtime: SimulationRuntime,
    scenario: Scenario,
    script: Script,
    *,
    tick: Tick = None,
    people: Identities = MappingProxyType({}),
    workers: int = 2,
    progress: Progress = lambda done: None,
) -> int:
    """Plays the script on an empty runtime and returns the number of rounds; its database has the results.

    `people` are there from the beginning, with their ids of the live database.
    """
    with clock.simulate_clock(Instants(script.start)):
        if people:
            await copy_customers(runtime, people, script.start)
        if script.before:
            await runtime.publish(scenario.project.model_copy(update={"journeys": {}}), {})
            await _ingest_history(runtime, script)
        await runtime.publish(scenario.project, scenario.compiled)
    rounds = Simulator(runtime, script, tick=tick, workers=workers)
    await rounds.play(progress)
    return rounds.rounds


async def _ingest_history(runtime: SimulationRuntime, script: Script) -> None:
    """Ingests what was known before the start: it triggers no entries, because no journey runs yet."""
    for source in sorted({script_event.source for script_event in script.before}):
        events = [script_event.event for script_event in script.before if script_event.source == source]
        await ingest.ingest(runtime, source, events, chunk=1_000)
