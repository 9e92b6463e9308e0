"""What is never written about: the policy's rule, what was written before, and how a journey narrows it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.never_about import NarrowedNeverAbout, NeverAbout, Relation, purchase_counts_for
from kaskad.domain.journeys.policy import Policy
from tests.support.rules import event_journey
from tests.unit.config.written_project import Written

DAY = 86_400


@pytest.fixture
def project(tmp_path: Path) -> Written:
    return Written(tmp_path)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("{bought_or_similar: 30d}", {"same": {"seconds": 30 * DAY}, "similar": {"seconds": 30 * DAY}}),
        ("{same: 2 days}", {"same": {"days": 2}}),
        ("{same: 30d, again: 12h}", {"same": {"seconds": 30 * DAY}, "again": {"seconds": 43_200}}),
    ],
)
def test_what_is_never_written_about(project: Written, content: str, rule: dict[str, Any]) -> None:
    """A policy of before says one time for the very product and its like; what is not said is not asked."""
    project.write("policy.yaml", f"never_about: {content}\n")
    assert project.load().policy.never_about == NeverAbout.model_validate(rule)


@pytest.mark.parametrize("stored", [{"seconds": 30 * DAY, "days": 0}, {"days": 30}, Duration(days=30)])
def test_a_stored_rule_of_one_duration_is_for_the_product_and_its_like(stored: object) -> None:
    month = Duration.model_validate(stored)
    assert Policy.model_validate({"never_about": stored}).never_about == NeverAbout(same=month, similar=month)


WHOLE = "never_about: {same: 30d, similar: 30d, again: 1d}\n"
NARROWED = [
    ("{similar: 7d}", {"similar": {"seconds": 7 * DAY}}),
    ("{same: 30 days, similar: nothing}", {"same": {"days": 30}, "similar": "nothing"}),
    ("nothing", {"same": "nothing", "similar": "nothing", "again": "nothing"}),
]


@pytest.mark.parametrize(("content", "narrowed"), NARROWED)
def test_a_journey_narrows_what_is_never_written_about(
    project: Written, content: str, narrowed: dict[str, Any]
) -> None:
    project.write("policy.yaml", WHOLE)
    project.replace("topic: carts", f"topic: carts\nnever_about: {content}")
    assert project.load().journeys["x"].never_about == NarrowedNeverAbout.model_validate(narrowed)


def test_a_journey_that_narrows_nothing_is_stored_as_before() -> None:
    """Its hash stays, so that nobody moves to another version because Kaskad is a newer one."""
    plain = event_journey("x", "signed_up")
    assert "never_about" not in plain.model_dump(mode="json", by_alias=True)
    narrowed = event_journey("x", "signed_up", never_about={"similar": "nothing"})
    assert Journey.model_validate_json(narrowed.model_dump_json(by_alias=True)) == narrowed


RULE = NeverAbout.model_validate({"same": {"days": 30}, "similar": {"days": 14}})
SHORTER = [
    (Relation.SAME, None, 30),
    (Relation.SIMILAR, None, 14),
    (Relation.AGAIN, None, None),  # the policy does not ask
    (Relation.SAME, {"similar": {"days": 7}}, 30),
    (Relation.SIMILAR, {"similar": {"days": 7}}, 7),
    (Relation.SIMILAR, {"similar": "nothing"}, None),
    (Relation.SAME, {"same": {"days": 90}}, 30),  # a version of when the policy was longer
    (Relation.AGAIN, {"again": {"days": 1}}, None),
]


@pytest.mark.parametrize(("relation", "narrowed", "days"), SHORTER)
def test_the_shorter_of_both_counts(relation: Relation, narrowed: dict[str, Any] | None, days: int | None) -> None:
    own = NarrowedNeverAbout.model_validate(narrowed) if narrowed else None
    expected = timedelta(days=days) if days else None
    assert purchase_counts_for(relation, RULE, own) == expected
