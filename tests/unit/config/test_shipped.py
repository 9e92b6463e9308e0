"""The files that Kaskad ships are right, and nothing that is done to them ends in anything but a list of problems."""

from __future__ import annotations

import random
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaskad.config import check_project, find_project_root, load_project
from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.errors import InvalidFiles, ProjectNotFound
from kaskad.domain.journeys.condition import Op
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.step import CallStep, ChooseStep, SendStep
from tests.support.paths import ROOT

TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "configs").rglob("*.yaml"))}
VALUES = [
    "5",
    "-1",
    "1h",
    "null",
    "true",
    "''",
    "[]",
    "{}",
    "[1, [a]]",
    "{a: {b: c}}",
    "event.x",
    "{text: a}",
    '"\\0"',
    "é",
]
PIECES = [
    "",
    "\n",
    "  ",
    ":",
    "- ",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    "#",
    "&a ",
    "*a",
    "!t ",
    "|",
    ">",
    "? ",
    "%",
    "---\n",
    "\t",
    "@",
]


def test_the_shipped_project_loads() -> None:
    project = load_project(ROOT, {})
    assert sorted(project.journeys) == [
        "abandoned_cart",
        "back_in_stock",
        "browse_abandonment",
        "email_confirmation",
        "thank_you",
    ]
    assert [channel_step.channel for channel_step in project.cascades["petrovich"].channels] == [
        "push",
        "email",
        "webpush",
        "viber",
    ]
    assert project.costs()[Channel.SMS] == Decimal("2.00")


def test_the_abandoned_cart_is_what_its_file_says() -> None:
    journey = load_project(ROOT, {}).journeys["abandoned_cart"]
    assert isinstance(journey.enter, EventTrigger)
    assert [(each.path, each.op, each.value) for each in journey.enter.where] == [
        ("cart.total", Op.AT_LEAST, Decimal(1000))
    ]
    assert journey.enter.quiet_for == Duration(seconds=3_600)
    assert [each.when for each in journey.leave] == ["order_completed", "cart_emptied"]
    first, _, choose, call = journey.steps
    assert isinstance(first, SendStep)
    assert (first.message, first.relevant_for) == ("cart_reminder", Duration(seconds=30 * 3_600))
    assert isinstance(choose, ChooseStep)
    assert [len(branch.if_) for branch in choose.branches] == [2]
    assert isinstance(call, CallStep)


def test_the_project_is_the_nearest_folder_upward(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "a" / "configs").mkdir()
    assert find_project_root(deep) == tmp_path / "a"
    with pytest.raises(ProjectNotFound, match=r"no folder 'configs' in .*: go into the project's folder"):
        find_project_root(tmp_path)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for folder in ("configs", "templates"):
        shutil.copytree(ROOT / folder, root / folder)
    for codes in (root / "configs" / "codes").iterdir():  # 4,000 promo codes take as long to read as all the YAML
        codes.write_text("".join(codes.read_text().splitlines(keepends=True)[:20]))
    return root


def lines(draw: random.Random, text: str) -> str:
    """One line lost, doubled, moved in, or with another value."""
    rows = text.splitlines(keepends=True)
    at = draw.randrange(len(rows))
    key, colon, _ = rows[at].partition(":")
    value = draw.choice(VALUES)
    rows[at : at + 1] = draw.choice(
        [[], [rows[at]] * 2, ["  " + rows[at]], [f"{key}{colon} {value}\n"], [f"{value}\n"]]
    )
    return "".join(rows)


def characters(draw: random.Random, text: str) -> str:
    """A few characters replaced by others, or a value inside of a line by another one."""
    start = draw.randrange(len(text))
    return text[:start] + draw.choice(PIECES + VALUES) + text[start + draw.choice([0, 1, 2, 5, 20]) :]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(TEXTS)), seed=st.integers(0, 2**32), changes=st.integers(1, 3))
def test_whatever_is_written_problems_are_said_in_words(copied: Path, name: str, seed: int, changes: int) -> None:
    draw = random.Random(seed)
    text = TEXTS[name]
    for _ in range(changes):
        text = draw.choice([lines, characters])(draw, text or "\n")
    (copied / name).write_text(text)
    try:
        project, problems = check_project(copied, {})
        assert (project is None) == bool(problems)
        for problem in problems:
            assert problem.line >= 1
            assert problem.column >= 1
            assert (copied / problem.path).is_file()
            assert "\n" not in str(problem)
        if problems:
            with pytest.raises(InvalidFiles):
                load_project(copied, {})
    finally:
        (copied / name).write_text(TEXTS[name])
