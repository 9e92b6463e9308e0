"""A whole day of the synthetic shop, a fifth of it told twice and all of it shuffled: the end is that in order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from kaskad.cli.demo.catalogue import catalogue_events
from kaskad.domain.journeys.policy import Cap
from kaskad.sandbox.shop.catalogue import catalogue
from kaskad.sandbox.shop.event import ShopEvent
from kaskad.sandbox.shop.people import generate_customers
from kaskad.sandbox.shop.timeline import build_timeline
from tests.integration.services.decisions.test_order_of_arrival import KNOWN
from tests.support.postgres import cloned
from tests.support.rules import with_journeys
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio
PEOPLE, SHOP_SEED = 300, 7
MORNING = datetime(2027, 3, 2, tzinfo=ZoneInfo("Europe/Moscow"))
DAY = timedelta(hours=23)  # none of it is old news when it is told, so everything of it may let people in
TWICE = 0.2
JOURNEYS = ("abandoned_cart", "browse_abandonment", "thank_you", "email_confirmation")
EDIT = with_journeys(keep=JOURNEYS, caps=[Cap(at_most=2, per="day")])
Calls = Sequence[tuple[str, dict[str, Any]]]  # the source, and what it says


@cache
def day() -> Calls:
    """Everything of the day, in order."""
    people, products = generate_customers(PEOPLE, SHOP_SEED), catalogue(SHOP_SEED)
    opening = list(catalogue_events(products, MORNING))
    events = [*opening, *build_timeline(people, products, MORNING, days=1, seed=SHOP_SEED)]
    return [(event.source, _call(event)) for event in events if event.at < MORNING + DAY]


def _call(event: ShopEvent) -> dict[str, Any]:
    call: dict[str, Any] = {
        "messageId": str(event.message_id),
        "type": event.kind,
        "timestamp": event.at.isoformat(),
        "context": dict(event.context),
    }
    call |= {"userId": event.user} if event.user else {"anonymousId": event.anonymous_id}
    if event.kind == "identify":
        return call | {"traits": dict(event.traits)}
    return call | {"event": event.name, "properties": dict(event.properties)}


def disordered(calls: Calls, seed: int) -> Calls:
    """A fifth of them twice, and all of them in any order; but first who is who: two that become one are not joined."""
    chance = random.Random(seed)
    mixed = [*calls, *chance.sample(calls, round(TWICE * len(calls)))]
    chance.shuffle(mixed)
    return sorted(mixed, key=lambda said: said[1]["type"] != "identify")


def batches(calls: Calls, chance: random.Random) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Posts of one source each, of up to eighty calls, in the order of the calls."""
    waiting: dict[str, list[dict[str, Any]]] = {}
    for source, call in calls:
        waiting.setdefault(source, []).append(call)
        if len(waiting[source]) >= chance.randint(1, 80):
            yield source, waiting.pop(source)
    yield from waiting.items()


async def end_of(url: str, folder: Path, calls: Calls, seed: int) -> dict[str, list[str]]:
    """Everything that is known a day after the last of these calls."""
    chance = random.Random(seed)
    async with running_stack(url, folder, edit=EDIT) as stack:
        await stack.at(MORNING + DAY)
        for source, batch in batches(calls, chance):
            await stack.post(source, batch)
        for _ in range(8):
            await stack.at(timedelta(hours=3))
            for journey in JOURNEYS:
                await stack.decide(journey)
        return {part: await _sorted(stack, sql) for part, sql in KNOWN.items()}


async def _sorted(stack: Stack, sql: str) -> list[str]:
    return sorted(repr(sorted(row.items(), key=lambda item: item[0])) for row in await stack.rows(sql))


async def test_the_end_of_the_day_is_the_same(postgres_admin: psycopg.Connection, tmp_path: Path) -> None:
    with cloned(postgres_admin) as url:
        expected = await end_of(url, tmp_path, day(), 0)
    assert len(expected["events"]) > 2_000
    assert len(expected["messages"]) > 50
    for seed in (1, 2):
        with cloned(postgres_admin) as url:
            found = await end_of(url, tmp_path, disordered(day(), seed), seed)
        for part in KNOWN:
            assert found[part] == expected[part], (seed, part)
