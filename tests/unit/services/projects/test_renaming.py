"""Renaming a step changes its name in the file, says where those go who stand there, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.config import load_project
from kaskad.domain.errors import InvalidFiles, NotFound, Rejected
from kaskad.domain.journeys.program import compile_program
from kaskad.services.projects.step_renaming import rename_step
from tests.unit.services.linting.linted import write

FILE = "configs/journeys/x.yaml"
TEXT = """\
# A journey of two letters.
title:   X            # lined up
owner:   crm@shop.example
topic:   carts
enter:   {when: cart_updated, again_after: 7d}
steps:
  # The first one.
  - {send: hello,   relevant_for: 30h}
  - wait: 1 day       # a calendar day
  - choose:
      - if: [{cart.total: {more_than: 5000}}]
        then:
          - send: goodbye   # the second one
            relevant_for: 2 days
  - split:
      name: half
      paths: {a: {share: 50%, steps: []}, b: {share: 50%, steps: []}}
"""


@pytest.fixture(autouse=True)
def written(root: Path) -> None:
    write(root, FILE, TEXT)


def text(root: Path) -> str:
    return (root / FILE).read_text()


def steps(root: Path) -> list[str]:
    return list(compile_program(load_project(root, {}).journeys["x"]).nodes)


@pytest.mark.parametrize(
    ("step", "to", "old", "new", "moved"),
    [
        ("send:hello", "first", "{send: hello,", "{name: first, send: hello,", '"send:hello": "send:first"'),
        ("hello", "no", "{send: hello,", '{name: "no", send: hello,', '"send:hello": "send:no"'),
        (
            "goodbye",
            "second",
            "          - send: goodbye ",
            "          - name: second\n            send: goodbye ",
            '"send:goodbye": "send:second"',
        ),
        ("split:half", "two", "name: half", "name: two", '"split:half": "split:two"'),
    ],
)
def test_a_step_gets_a_name(root: Path, step: str, to: str, old: str, new: str, moved: str) -> None:
    renamed = rename_step(root, "x", step, to=to)
    assert text(root) == TEXT.replace(old, new).replace("steps:\n  #", f"moved: {{{moved}}}\nsteps:\n  #")
    assert renamed.path == FILE
    assert renamed.new in steps(root)
    assert load_project(root, {}).journeys["x"].moved == {renamed.old: renamed.new}


def test_renamed_twice_both_old_names_lead_to_the_new_one(root: Path) -> None:
    rename_step(root, "x", "hello", to="first")
    rename_step(root, "x", "first", to="opening")
    assert load_project(root, {}).journeys["x"].moved == {"send:first": "send:opening", "send:hello": "send:opening"}
    assert "- {name: opening, send: hello,   relevant_for: 30h}" in text(root)


@pytest.mark.parametrize(
    ("step", "to", "error", "said"),
    [
        ("helo", "first", NotFound, "unknown step 'helo'"),
        ("hello", "First", Rejected, "'First' is not a name"),
        ("hello", "hello", Rejected, "called 'send:hello' already"),
        ("hello", "goodbye", Rejected, "another step of 'x' is called 'send:goodbye' already"),
    ],
)
def test_what_cannot_be_stays_as_it_is(root: Path, step: str, to: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        rename_step(root, "x", step, to=to)
    assert text(root) == TEXT


def test_a_project_with_errors_is_left_alone(root: Path) -> None:
    write(root, FILE, TEXT.replace("topic:   carts", "topic:   cats"))
    with pytest.raises(InvalidFiles, match="unknown topic"):
        rename_step(root, "x", "hello", to="first")
    assert "name: first" not in text(root)
