"""`order: preferred`: the channel that this customer last answered in comes first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import SendNow, next_cascade_action
from tests.support.engine.builders import (
    NOW,
    UTC_ZONE,
    attempt,
    cascade,
    channel_step,
    decide,
    facts,
    hours,
    inside,
    person,
    version,
)

RUNGS = (
    channel_step("push", "opened", 2),
    channel_step("email", "opened", 24),
    channel_step("viber", "delivered", 1),
    channel_step("sms"),
)
PREFERRED = cascade(*RUNGS, order="preferred")
WRITTEN = ["push", "email", "viber", "sms"]


def answered(**hours_ago: float) -> dict[Channel, datetime]:
    """Channel → when, in hours before NOW."""
    return {Channel(name): NOW - hours(ago) for name, ago in hours_ago.items()}


CASES: list[tuple[dict[str, float], list[str]]] = [
    ({}, WRITTEN),
    ({"push": 1}, WRITTEN),
    ({"email": 1}, ["email", "push", "viber", "sms"]),
    ({"sms": 1}, ["sms", "push", "email", "viber"]),
    ({"email": 5, "viber": 3}, ["viber", "push", "email", "sms"]),  # the last answer, not all of them
    ({"viber": 3, "email": 3}, ["email", "push", "viber", "sms"]),  # at one instant: as written
    ({"webpush": 1}, WRITTEN),  # not in this cascade
    ({"webpush": 1, "email": 9}, ["email", "push", "viber", "sms"]),
]


@pytest.mark.parametrize(("ago", "order"), CASES)
def test_the_order(ago: dict[str, float], order: list[str]) -> None:
    assert [channel_step.channel for channel_step in PREFERRED.ordered({}, answered(**ago))] == order


@pytest.mark.parametrize("order", ["fixed", "cheapest"])
def test_other_orders_do_not_ask(order: str) -> None:
    ladder = cascade(*RUNGS, order=order)
    assert ladder.ordered({}, answered(sms=1)) == ladder.ordered({})


TRIED: list[tuple[tuple[Any, ...], set[str], str]] = [
    ((), {"push", "email", "sms"}, "email"),
    ((), {"push", "sms"}, "push"),  # nobody answers where they cannot be reached
    ((attempt("email", ago=24),), {"push", "email", "sms"}, "push"),
    ((attempt("push", ago=2),), {"push", "email", "sms"}, "email"),  # the answer came after the first rung
]


@pytest.mark.parametrize(("attempts", "reachable", "following"), TRIED)
def test_the_next_rung(attempts: tuple[Any, ...], reachable: set[str], following: str) -> None:
    known: Mapping[Channel, datetime] = answered(email=1)
    move = next_cascade_action(
        PREFERRED,
        set(map(Channel, reachable)),
        attempts,
        now=NOW,
        zone=UTC_ZONE,
        costs={},
        deadlines={},
        answered=known,
    )
    assert isinstance(move, SendNow)
    assert move.channel_step.channel == following


def test_the_engine_knows_where_they_answered() -> None:
    published = version(cascade=PREFERRED)
    queued = decide(published, inside(), facts(person(answered=answered(viber=2)))).queue
    assert queued
    assert queued.channel is Channel.VIBER
    assert version(cascade=PREFERRED).cascades() == (PREFERRED,)


@given(st.dictionaries(st.sampled_from(Channel), st.floats(0, 1000)))
def test_no_channel_is_lost(ago: dict[Channel, float]) -> None:
    found = PREFERRED.ordered({}, {channel: NOW - hours(each) for channel, each in ago.items()})
    assert sorted(found, key=RUNGS.index) == list(RUNGS)
