"""Tests of journeys: all cases of a journey run at once, each journey on a scratch database of its own."""

from __future__ import annotations

from collections.abc import Mapping

from kaskad.config.test_files.cases import JourneyTests
from kaskad.content import CompiledMessage
from kaskad.domain.journeys.project import Project
from kaskad.services.simulation import case_scripts, results
from kaskad.services.simulation.recording_providers import SILENT_RATES, SimulatedAnswers
from kaskad.services.simulation.run import Scenario, run_scenario
from kaskad.services.simulation.runtime import open_runtime
from kaskad.services.simulation.verdicts import CaseResult, Verdict, judge_case


async def run_tests(
    url: str, project: Project, compiled: Mapping[str, CompiledMessage], *, tests: JourneyTests
) -> list[Verdict]:
    """Returns the verdict on each case, in the order of the file. `url` is an empty scratch database."""
    if not tests.cases:
        return []
    only = case_scripts.isolate_journey(project, tests)
    answers = SimulatedAnswers(SILENT_RATES, refusals=case_scripts.collect_refusals(tests.cases))
    async with open_runtime(url, answers) as simulation:
        await run_scenario(simulation, Scenario(only, compiled), case_scripts.build_script(only, tests.cases))
        sent = await results.load_messages(simulation.database)
        decided = await results.load_decisions(simulation.database)
        passed = await results.load_enrollments(simulation.database)
    verdicts = []
    for number, case in enumerate(tests.cases):
        whose = (case_scripts.case_customer(number), tests.journey)
        story = CaseResult(
            [message for message in sent if (message.who, message.journey) == whose],
            [decision for decision in decided if (decision.who, decision.journey) == whose],
            [enrollment for enrollment in passed if (enrollment.who, enrollment.journey) == whose],
        )
        verdicts.append(judge_case(case, story))
    return verdicts
