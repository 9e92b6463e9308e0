"""Broken steps, and exactly what is said of each."""

from __future__ import annotations

import pytest

from tests.unit.config.written_project import Written

# the second step, in line 9; what is said
STEPS = [
    ("{snd: hello}", "9:6: unknown step 'snd', did you mean 'send'?"),
    ("send: helo", "9:11: unknown message 'helo', did you mean 'hello'?"),
    ("{send: hello, wait: 1h}", "9:19: 'wait' is another step: make it an entry of its own in the list"),
    ("wait: 24", "9:11: '24' is not a duration: write one like 30m, 24h, 7d, or 1 day for a calendar day"),
    ("{call: sales, script: hello, within: 1d}", "9:27: templates/hello has no call.yaml, which is what is read out"),
    ("{call: sales, script: script}", "9:5: 'within' is missing: how soon they call, like 1d"),
    ("send: hello", "9:5: this step and the one in line 8 are both 'send:hello': give this one a 'name'"),
    ("{choose: []}", "9:14: at least one {if: …, then: …} is needed in the list"),
    ("{choose: [{if: [], then: []}], otherwise: []}", "9:36: unknown key 'otherwise': use choose, name or else"),
    ("{wait_for: {when: order_completed}}", "9:16: 'up_to' is missing: how long at the most, like 5d"),
    (
        "{wait_for: {message: bye, was: clicked, up_to: 5d}}",
        "9:26: unknown message of this journey 'bye', did you mean 'goodbye'?",
    ),
    (
        "{wait_for: {message: hello, was: read, up_to: 5d}}",
        "9:38: unknown state of a message 'read': use sent, delivered, opened or clicked",
    ),
    (
        "{}",
        "9:5: a step is needed here: send, wait, wait_for, choose, split, call, set, webhook, start or leave",
    ),
    (
        "{send: hello, name: Hello There}",
        "9:19: 'Hello There' is not a name: small letters a–z, digits and _, beginning with a letter",
    ),
]


@pytest.mark.parametrize("case", STEPS, ids=lambda case: case[0])
def test_step(project: Written, case: tuple[str, ...]) -> None:
    step, *said = case
    project.replace("  - wait: 24h\n", f"  - {step}\n")
    assert project.said() == said
