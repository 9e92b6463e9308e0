"""Journey tests of entrances at which nothing happens: a clock's tick, a segment, a date; and of acts on the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kaskad.config.test_files.reader import read_journey_tests
from kaskad.services.projects import loading
from kaskad.services.simulation.journey_tests import run_tests
from kaskad.services.simulation.verdicts import Verdict
from tests.support.paths import ROOT
from tests.support.shipped import CACHE
from tests.support.written import HEAD, STEPS

pytestmark = pytest.mark.anyio

SEGMENTS = "gold: [{customer.loyalty_level: gold}]\n"
SIGNED_UP = "{when: signed_up, again_after: 1d}"
WEEKLY = '{schedule: {cron: "0 10 * * mon", zone: Europe/Berlin}, segment: gold, again_after: always}'
BIRTHDAY = '{date: customer.birthday, every: year, at: "10:00", again_after: 330d}'
GIVEN = """\
given:
  start: "2027-03-02 12:00"
  customer: {reachable: [email], time_zone: Europe/Moscow, attributes: {loyalty_level: gold}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The shop's files, with segments of its own and no journey."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs", ignore=shutil.ignore_patterns("journeys"))
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "configs" / "segments.yaml").write_text(SEGMENTS)
    (tmp_path / "configs" / "journeys" / "tests").mkdir(parents=True)
    return tmp_path


def journey(shop: Path, name: str, enter: str, steps: str = STEPS) -> None:
    """One more journey."""
    (shop / "configs" / "journeys" / f"{name}.yaml").write_text(HEAD.format(name=name, enter=enter) + steps)


async def tried(shop: Path, name: str, cases: str, url: str, beside: str = "") -> list[Verdict]:
    """The verdicts on these cases of the journey, with another one beside it."""
    written = f"beside: [{beside}]\n{GIVEN}tests:\n{cases}"
    (shop / "configs" / "journeys" / "tests" / f"{name}.yaml").write_text(written)
    draft = loading.load_project(shop, CACHE)
    (tests,) = read_journey_tests(shop, draft.project)
    return await run_tests(url, draft.project, draft.compiled, tests=tests)


def failed(came: list[Verdict]) -> list[tuple[str, object]]:
    """What did not come as expected."""
    return [(verdict.case.title, verdict.lines) for verdict in came if not verdict.passed]


async def test_a_tick_lets_in_whoever_is_in_the_segment_then(shop: Path, database_url: str) -> None:
    journey(shop, "news", WEEKLY)
    cases = """
  - case: inside all the time
    when: []
  - case: came into the segment between two ticks
    given: {customer: {attributes: {loyalty_level: silver}}}
    when: [{at: "2027-04-27 09:00", event: identify, with: {loyalty_level: gold}}]
  - case: left the segment an hour before the tick
    when: [{at: "2027-03-08 11:00", event: identify, with: {loyalty_level: silver}}]
    expect: [{never: how_was_it}]
    ends: nowhere
"""
    always, later, left = await tried(shop, "news", cases, database_url)
    weeks = [line.text.partition("  ")[0] for line in always.lines]
    # Ten in Berlin is twelve in Moscow, and eleven once Berlin has put its clocks forward.
    assert weeks[:4] == ["Mon 2027-03-08 12:00", "Mon 2027-03-15 12:00", "Mon 2027-03-22 12:00", "Mon 2027-03-29 11:00"]
    assert later.lines[0].text == "Mon 2027-05-03 11:00  how_was_it by email"
    assert failed([left]) == []


async def test_who_comes_into_a_segment_by_what_another_journey_sets(shop: Path, database_url: str) -> None:
    journey(shop, "club", "{segment: gold, again_after: 30d}")
    journey(shop, "hello", SIGNED_UP, "steps: [{wait: 1h}, {set: {customer.loyalty_level: gold}}]\n")
    cases = """
  - case: gold from the beginning, so inside at the first look
    given: {customer: {attributes: {loyalty_level: gold}}}
    when: []
    expect: [{message: how_was_it, at: "2027-03-02 12:00"}]
    ends: done
  - case: made gold by the other journey, and found within the hour
    given: {customer: {attributes: {loyalty_level: silver}}}
    when: [{at: "2027-03-02 14:30", event: signed_up}]
    expect: [{message: how_was_it, at: "2027-03-02 16:00"}]
    ends: done
  - case: never gold
    given: {customer: {attributes: {loyalty_level: silver}}}
    when: []
    expect: [{never: how_was_it}]
    ends: nowhere
"""
    assert failed(await tried(shop, "club", cases, database_url, beside="hello")) == []


async def test_whom_another_journey_starts_after_a_date(shop: Path, database_url: str) -> None:
    journey(shop, "day", BIRTHDAY, "steps: [{start: gift}]\n")
    journey(shop, "gift", SIGNED_UP)
    cases = """
  - case: on the birthday, at ten in Vladivostok
    given: {customer: {time_zone: Asia/Vladivostok, attributes: {birthday: "1990-03-04"}}}
    when: []
    expect: [{message: how_was_it, at: "2027-03-04 10:00"}]
    ends: done
"""
    assert failed(await tried(shop, "gift", cases, database_url, beside="day")) == []
