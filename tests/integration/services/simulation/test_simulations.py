"""A simulation over a file of events and over the stack's own ledger: the same people, the figures, and a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from kaskad.cli.simulation.html_page import render_page
from kaskad.config.test_files.response_rates import read_response_rates
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles, Rejected
from kaskad.sandbox.shop.month import generate_month, write_calls
from kaskad.services.simulation import results
from kaskad.services.simulation.journey_figures import build_figures
from kaskad.services.simulation.recorded_history import load_history
from kaskad.services.simulation.recording_providers import USUAL_RATES, SimulatedAnswers
from kaskad.services.simulation.run import Scenario, run_scenario
from kaskad.services.simulation.runtime import open_runtime
from kaskad.services.simulation.script import Script, read_events
from tests.support.postgres import cloned
from tests.support.shipped import shipped_draft

pytestmark = pytest.mark.anyio

START = datetime(2027, 3, 1, tzinfo=UTC)
JOURNEY = "abandoned_cart"


@pytest.fixture
def scenario() -> Scenario:
    """The abandoned cart alone."""
    draft = shipped_draft()
    journeys = {JOURNEY: draft.project.journeys[JOURNEY]}
    return Scenario(draft.project.model_copy(update={"journeys": journeys}), draft.compiled)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Three days of a small shop."""
    write_calls(generate_month(40, 700, START, days=3), tmp_path / "events.ndjson")
    return tmp_path / "events.ndjson"


async def test_over_the_ledger_the_same_people_come_to_the_same(
    postgres_admin: psycopg.Connection, scenario: Scenario, events: Path
) -> None:
    script = Script(START, START + timedelta(days=7), read_events(events, scenario.project), open_ended=True)
    with cloned(postgres_admin) as stack, cloned(postgres_admin) as scratch:
        async with open_runtime(stack, SimulatedAnswers(USUAL_RATES)) as simulation:
            await run_scenario(simulation, scenario, script)
            first = results.fingerprint_decisions(await results.load_decisions(simulation.database))
            history = await load_history(simulation.database, START, START + timedelta(days=3))
            before = await load_history(simulation.database, START - timedelta(days=60), START - timedelta(days=30))
        assert history.told and not before.told, "a month answers as providers did in that month"
        async with open_runtime(scratch, SimulatedAnswers(USUAL_RATES)) as simulation:
            await run_scenario(simulation, scenario, history.script, people=history.people)
            messages, decisions = (
                await results.load_messages(simulation.database),
                await results.load_decisions(simulation.database),
            )
            shown = build_figures(
                JOURNEY,
                scenario.project,
                messages,
                decisions=decisions,
                passages=await results.load_enrollments(simulation.database),
            )
    came, again = (
        {key[:4] for key in keys if key[4] == "entered"} for keys in (first, results.fingerprint_decisions(decisions))
    )
    assert came == again != set()
    assert shown.entered == len(again)
    assert shown.messages == sum(message.went and message.status != "failed" for message in messages) > 0
    assert sum(shown.hours.values()) == shown.messages + sum(shown.failed.values())
    assert json.loads(json.dumps(shown.document()))["entered"] == shown.entered
    drawn = render_page([shown, shown])
    assert drawn.count("<svg") >= 4
    assert "src=" not in drawn and "href=" not in drawn and "<script" not in drawn


def test_a_line_that_cannot_be_read_is_named(events: Path, scenario: Scenario) -> None:
    events.write_text(events.read_text() + '{"type": "track", "event": "x", "timestamp": "2027-03-02T10:00:00Z"}\n')
    with pytest.raises(Rejected, match=r"events\.ndjson:701: the call names nobody"):
        read_events(events, scenario.project)


def test_rates_are_read_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "rates.yaml"
    file.write_text("push: {failed: 3%, opened: 7%, clicked: 5%}\n")
    assert read_response_rates(file)[Channel.PUSH].delivered == pytest.approx(0.97)
    file.write_text("push: {opened: 7%, clicked: 9%}\npigeon: {}\n")
    with pytest.raises(InvalidFiles, match=r"what is clicked was opened(.|\n)*unknown channel 'pigeon'"):
        read_response_rates(file)
