"""Petrovich's rows: the cascade that Kaskad ships takes each profile where the article says."""

from __future__ import annotations

import pytest

from kaskad.config import load_project
from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import Attempt, CascadeDone, SendNow, next_cascade_action
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.outcome import Reason
from tests.support.engine.builders import NOW, UTC_ZONE, attempt
from tests.support.paths import ROOT

PROFILES = {
    "full profile": (("push", "email", "webpush", "viber", "sms"), ["push", "email", "webpush", "viber"]),
    "e-mail only": (("email",), ["email"]),
    "phone only": (("viber", "sms"), ["viber"]),
    "only a web-push consent": (("webpush",), ["webpush"]),
    "nothing": ((), []),
}


def climbed(ladder: Cascade, reachable: tuple[str, ...], status: str) -> list[str]:
    """The channels tried one after the other when each one ends like this, long before the next one is asked."""
    tried: list[Attempt] = []
    channels = frozenset(map(Channel, reachable))
    while isinstance(
        found := next_cascade_action(ladder, channels, tried, now=NOW, zone=UTC_ZONE, costs={}, deadlines={}), SendNow
    ):
        tried.append(attempt(found.channel_step.channel, status, ago=24 * (30 - len(tried))))
    assert isinstance(found, CascadeDone)
    return [channel_step.channel.value for channel_step in tried]


@pytest.fixture(scope="module")
def cascades() -> dict[str, Cascade]:
    return load_project(ROOT).cascades


@pytest.mark.parametrize("status", ["failed", "sent", "unknown"])
@pytest.mark.parametrize(("reachable", "expected"), PROFILES.values(), ids=PROFILES)
def test_petrovich_ends_with_viber(
    cascades: dict[str, Cascade], reachable: tuple[str, ...], expected: list[str], status: str
) -> None:
    assert climbed(cascades["petrovich"], reachable, status) == expected


def test_petrovich_is_content_once_the_push_is_opened(cascades: dict[str, Cascade]) -> None:
    opened = [attempt("push", ago=1, opened_at=NOW)]
    found = next_cascade_action(
        cascades["petrovich"], frozenset(Channel), opened, now=NOW, zone=UTC_ZONE, costs={}, deadlines={}
    )
    assert found == CascadeDone(Reason.REACHED)


def test_the_default_cascade_pays_for_an_sms_only_when_nothing_else_reached(cascades: dict[str, Cascade]) -> None:
    everything = ("push", "email", "webpush", "viber", "sms")
    assert climbed(cascades["default"], everything, "failed") == [*everything]
    assert climbed(cascades["default"], ("sms",), "failed") == ["sms"]
