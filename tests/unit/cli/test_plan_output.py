"""The plan of a publication, as people and machines read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kaskad.cli.publishing.plan_output import format_plan, plan_document
from kaskad.config import load_project
from kaskad.domain.journeys.version import Version
from kaskad.services.publishing.plan import JourneyPlan, Plan, StepMigration
from kaskad.services.publishing.stopped_messages import StoppedMessages
from kaskad.storage.conditions.version_queries import compile_version_queries
from kaskad.storage.publishing.versions import PublishedVersion
from tests.support.paths import ROOT

JOURNEY = load_project(ROOT).journeys["thank_you"]
VERSION = Version(journey=JOURNEY, templates={})
OLD = PublishedVersion(7, 2, VERSION, compile_version_queries(VERSION.model_dump_json(by_alias=True)))
SAME = JourneyPlan("thank_you", "unchanged", VERSION, number=2)
STOOD = (
    StepMigration(1, "wait:a", "wait a day", 3),
    StepMigration(2, None, "waiting to enter", 40),
    StepMigration(2, "wait:a", "wait a day", 1200),
    StepMigration(2, "send:b", "send 'b'", 5, "send:c", "send 'c'"),
    StepMigration(2, "send:d", "send 'd'", 1, "end", "the end", stranded=True),
)
CHANGED = replace(
    SAME,
    state="changed",
    changes=("removed: send 'b'",),
    inside=1249,
    stood=STOOD,
    follow=(OLD,),
    needs=("purpose transactional", "an audience over 10,000: 12,000 people"),
)


STOPPED = [
    (StoppedMessages(340, 12), "12 of 340 messages of the last 30 days"),
    (StoppedMessages(1, 0), "0 of 1 message of the last 30 days"),
    (
        StoppedMessages(1_200, 12, 3),
        "12 of 1,200 messages of the last 30 days (3 more cannot be told: their carts have changed)",
    ),
]


@pytest.mark.parametrize(("stopped", "text"), STOPPED)
def test_how_many_messages_another_rule_would_have_stopped(stopped: StoppedMessages, text: str) -> None:
    """The rule is the policy's: it is said of journeys that are unchanged too."""
    plan = Plan((replace(SAME, stopped=stopped),), shop=("policy",))
    assert f"thank_you: `never_about` would have stopped {text}" in list(format_plan(plan))
    said = {"messages": stopped.messages, "stopped": stopped.stopped, "unknown": stopped.unknown}
    assert plan_document(plan)["journeys"]["thank_you"]["never_about"] == said


def test_a_change_is_told_with_all_who_are_inside() -> None:
    assert list(
        format_plan(Plan((CHANGED, replace(SAME, name="other")), ended=("gone",), shop=("policy", "senders")))
    ) == [
        "thank_you: changed (version 2 now)",
        "  - removed: send 'b'",
        "  3 people inside: they finish with their version",
        "  1,246 people inside: they move to the new version",
        "    40 people waiting to enter",
        "    1,200 people at wait a day: stay there",
        "    5 people at send 'b', which is gone: go to send 'c'",
        '    1 person at send \'d\', which is gone: say where they go, as in moved: {"send:d": "end"} (the end)',
        "  needs another person's approval: purpose transactional; an audience over 10,000: 12,000 people",
        "gone: its file is gone: nobody enters, customers inside finish",
        "changed for everybody at once: policy, senders",
        "unchanged: other",
    ]


def test_nothing_is_to_be_done() -> None:
    assert list(format_plan(Plan((SAME,)))) == ["unchanged: thank_you", "there is nothing to do"]
    assert plan_document(Plan((SAME,)))["to_do"] is False


def test_machines_are_told_the_same() -> None:
    document = plan_document(Plan((CHANGED,)))
    journey = document["journeys"]["thank_you"]
    assert (document["to_do"], journey["state"], journey["inside"]) == (True, "changed", 1249)
    assert journey["stood"][0] == {
        "version": 1,
        "step": "wait:a",
        "people": 3,
        "follows": False,
        "to": None,
        "stranded": False,
    }
    assert [population["stranded"] for population in journey["stood"]] == [False, False, False, False, True]


def test_a_proposal_that_waits_is_nothing_to_publish() -> None:
    plan = Plan((replace(CHANGED, state="proposed"),))
    assert plan.to_do is False
    assert next(format_plan(plan)) == "thank_you: changed, and waits for approval already (version 2 now)"
