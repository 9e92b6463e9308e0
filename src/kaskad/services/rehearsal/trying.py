"""Trying journeys out: every case of a journey at once, each journey on a scratch database of its own."""

from __future__ import annotations

from collections.abc import Mapping

from kaskad.config.test_files.cases import JourneyTests
from kaskad.content import CompiledMessage
from kaskad.domain.journeys.project import Project
from kaskad.services.rehearsal import casting, found
from kaskad.services.rehearsal.answers import SILENT, Answers
from kaskad.services.rehearsal.perform import Played, perform
from kaskad.services.rehearsal.stage import stage
from kaskad.services.rehearsal.verdict import Story, Verdict, judge


async def try_out(
    url: str, project: Project, compiled: Mapping[str, CompiledMessage], tests: JourneyTests
) -> list[Verdict]:
    """The verdict on each case, in the order of the file. `url` is an empty scratch database."""
    if not tests.cases:
        return []
    only = casting.tested(project, tests)
    answers = Answers(SILENT, refusals=casting.refusals(tests.cases))
    async with stage(url, answers) as scene:
        await perform(scene, Played(only, compiled), casting.script(only, tests.cases))
        sent = await found.messages(scene.database)
        decided = await found.decisions(scene.database)
        passed = await found.passages(scene.database)
    verdicts = []
    for number, case in enumerate(tests.cases):
        whose = (casting.user(number), tests.journey)
        story = Story(
            [one for one in sent if (one.who, one.journey) == whose],
            [one for one in decided if (one.who, one.journey) == whose],
            [one for one in passed if (one.who, one.journey) == whose],
        )
        verdicts.append(judge(case, story))
    return verdicts
