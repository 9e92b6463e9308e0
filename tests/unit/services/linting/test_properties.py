"""Whatever a journey says: each rule comes to an end, and what it finds has a place in the file."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project, ShopInfo
from kaskad.domain.journeys.version import Version
from kaskad.services.linting import RULES
from kaskad.services.linting.rule import LintContext, MessageSummary
from tests.support.engine.random_journeys import shops, versions

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(versions(), shops)
def test_no_journey_is_too_odd_for_a_rule(version: Version, shop: Project) -> None:
    messages_by_name = {name: MessageSummary(frozenset(Channel)) for name in version.templates}
    others = {"other": version.journey.model_copy(update={"name": "other", "priority": 60})}
    project = shop.model_copy(update={"journeys": others, "shop": ShopInfo(time_zone="Europe/Berlin")})
    context = LintContext(version.journey, project, messages_by_name, NOW)
    for rule in RULES:
        for finding in rule.check(context):
            assert finding.text and finding.at
