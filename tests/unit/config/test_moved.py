"""`edits:` and `moved:` of a journey."""

from __future__ import annotations

import pytest

from tests.unit.config.written_project import Written


def test_those_inside_follow_and_go_where_the_file_says(project: Written) -> None:
    project.replace("topic: carts", "topic: carts\nedits: follow\nmoved: {send:old: send:hello, 'call:old': end}")
    journey = project.load().journeys["x"]
    assert journey.edits == "follow"
    assert journey.moved == {"send:old": "send:hello", "call:old": "end"}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("edits: folow", "4:8: unknown value 'folow', did you mean 'follow'?"),
        ("moved: [send:old]", "4:8: a mapping of keys and values is needed here, not a list"),
        ("moved: {send:old: send:helo}", "4:19: unknown step 'send:helo', did you mean 'send:hello'?"),
        ("moved: {send:old: there}", "4:19: unknown step 'there'"),
        (
            "moved: {send:hello: send:goodbye}",
            "4:9: 'send:hello' is still a step of this journey: those who stand there stay",
        ),
    ],
)
def test_what_is_wrong_with_it(project: Written, said: str, problem: str) -> None:
    project.replace("topic: carts", f"topic: carts\n{said}")
    (line,) = project.said()
    assert line.startswith(problem)
