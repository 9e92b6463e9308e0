"""Journey tests in YAML: the shipped ones pass, a mistake in a journey shows, a mistake in a test has its place."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from kaskad.config.test_files.reader import read_journey_tests
from kaskad.domain.errors import InvalidFiles
from kaskad.services.projects import loading
from kaskad.services.simulation.journey_tests import run_tests
from kaskad.services.simulation.verdicts import Verdict
from tests.support.paths import ROOT
from tests.support.shipped import CACHE

pytestmark = pytest.mark.anyio

SHIPPED = ("abandoned_cart", "back_in_stock", "browse_abandonment", "email_confirmation", "thank_you")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The shop's files, to be changed."""
    for folder in ("configs", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Changes a file; what changes nothing is a mistake."""
    before = path.read_text()
    assert change(before) != before
    path.write_text(change(before))


async def verdicts(root: Path, url: str, journey: str) -> list[Verdict]:
    """The verdicts on the cases of a journey."""
    draft = loading.load_project(root, CACHE)
    (tests,) = read_journey_tests(root, draft.project, [journey])
    return await run_tests(url, draft.project, draft.compiled, tests=tests)


@pytest.mark.parametrize("journey", SHIPPED)
async def test_a_shipped_journey_passes_its_tests(journey: str, database_url: str) -> None:
    begun = time.monotonic()
    came = await verdicts(ROOT, database_url, journey)
    assert len(came) >= 5
    assert [(verdict.case.title, verdict.lines) for verdict in came if not verdict.passed] == []
    assert time.monotonic() - begun < 30


async def test_without_the_purchase_exit_the_difference_says_what_came_instead(
    project: Path, database_url: str
) -> None:
    edit(
        project / "configs/journeys/abandoned_cart.yaml",
        lambda text: text.replace("  - when: order_completed\n", "", 1),
    )
    came = {verdict.case.title: verdict for verdict in await verdicts(project, database_url, "abandoned_cart")}
    failed = came["bought in a store during the quiet hour, so nothing is sent"]
    assert [(line.mark, line.text) for line in failed.lines][:2] == [
        ("+", "Tue 2027-03-02 13:00  cart_reminder by push"),
        ("+", "Tue 2027-03-02 15:00  cart_reminder by email"),
    ]
    said = next(line for line in failed.lines if line.mark == "-")
    assert said.text == "never cart_reminder, because left"
    path, _, number = said.place.partition(":")
    assert "never: cart_reminder, because: left" in (project / path).read_text().splitlines()[int(number) - 1]
    assert came["the push is opened, so no e-mail follows"].passed


async def test_what_did_not_come_is_explained(project: Path, database_url: str) -> None:
    tests = project / "configs/journeys/tests/thank_you.yaml"
    edit(tests, lambda text: text.replace("{never: how_was_it, because: left}", '{message: how_was_it, at: "13:00"}'))
    came = {verdict.case.title: verdict for verdict in await verdicts(project, database_url, "thank_you")}
    marks = [(line.mark, line.text) for line in came["returned before we ask"].lines]
    assert marks[0] == ("-", "Tue 2027-03-02 13:00  how_was_it")
    assert marks[1] == ("?", "Tue 2027-03-02 12:30  left: the customer has left the journey (left)")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("test: []\n", "1:1: unknown key 'test', did you mean 'tests'?"),
        ("tests: [{case: a, when: [{event: order_complete}]}]\n", "unknown event 'order_complete', did you mean"),
        ("tests: [{case: a, when: [{receipt: how_was_it}]}]\n", "'was' is missing: what the provider told"),
        ('tests: [{case: a, when: [{at: "25:00", event: order_completed}]}]\n', "'25:00' is no time"),
        ("tests: [{case: a, when: [], expect: [{message: how_was_it}]}]\n", "'at' is missing: a time like"),
        ("tests: [{case: a, when: [], expect: [{message: how_was, at: +1h}]}]\n", "unknown message 'how_was'"),
        ("tests: [{case: a, when: [], ends: gone}]\n", "unknown end 'gone', did you mean 'done'?"),
        (
            "given: {customer: {time_zone: Moscow}}\ntests: []\n",
            "1:31: unknown time zone 'Moscow', did you mean 'Europe/Moscow'?",
        ),
        ("tests: [{case: a, when: [{event: app_opened, was: opened}]}]\n", "'was' belongs to a line with 'receipt'"),
        (
            "tests: [{case: a, when: [{receipt: how_was_it, was: opened, from: crm}]}]\n",
            "'from' belongs to a line with 'event'",
        ),
        (
            "tests: [{case: a, when: [], expect: [{message: how_was_it, at: +1h, never: how_was_it}]}]\n",
            "each line is one 'message' that goes, or 'never' with one that does not",
        ),
        (
            "tests: [{case: a, when: [], expect: [{never: how_was_it, by: sms}]}]\n",
            "'by' belongs to a line with 'message'",
        ),
        (
            "tests: [{case: a, when: [], expect: [{message: how_was_it, at: +1h, because: left}]}]\n",
            "'because' belongs to a line with 'never'",
        ),
        ("given: {customer: {reachable: [pigeon]}}\ntests: []\n", "unknown channel 'pigeon'"),
        (
            "tests:\n  - case: a\n    when:\n      - {at: '09:00', event: app_opened}\n",
            "yaml:4:9: this happens before the case starts, at 2027-03-02 12:00: begin 'start' earlier",
        ),
    ],
)
def test_a_mistake_in_a_test_is_told_with_its_place(project: Path, text: str, problem: str) -> None:
    (project / "configs/journeys/tests/thank_you.yaml").write_text(text)
    with pytest.raises(InvalidFiles) as raised:
        read_journey_tests(project, loading.load_project(project, CACHE).project, ["thank_you"])
    assert problem in str(raised.value)
    assert str(raised.value).startswith("configs/journeys/tests/thank_you.yaml:")


def test_a_file_of_tests_that_cannot_be_read_is_named(project: Path) -> None:
    (project / "configs/journeys/tests/thank_you.yaml").unlink()
    (project / "configs/journeys/tests/thank_you.yaml").mkdir()
    with pytest.raises(InvalidFiles, match=r"^configs/journeys/tests/thank_you\.yaml:1:1: the file cannot be read"):
        read_journey_tests(project, loading.load_project(project, CACHE).project)


def test_values_are_those_that_a_source_would_send(project: Path) -> None:
    """A sum comes as a number, as in JSON; else a case would see what the live engine never sees."""
    (project / "configs/journeys/tests/thank_you.yaml").write_text(
        "tests: [{case: a, when: [{event: order_completed, with: {total: 90.5, products: [{price: 0.5}]}}]}]\n"
    )
    (tests,) = read_journey_tests(project, loading.load_project(project, CACHE).project, ["thank_you"])
    properties = tests.cases[0].when[0].properties
    assert json.dumps(properties) == '{"total": 90.5, "products": [{"price": 0.5}]}'


async def test_the_scratch_database_is_left_as_it_was_found(
    postgres_admin: psycopg.Connection, database_url: str
) -> None:
    from kaskad.storage import scratch

    with pytest.raises(KeyboardInterrupt), scratch.create_database(database_url) as url:
        name = url.rpartition("/")[2]
        raise KeyboardInterrupt
    names = {row[0] for row in postgres_admin.execute("SELECT datname FROM pg_database").fetchall()}
    assert name not in names
