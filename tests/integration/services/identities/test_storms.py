"""Many who name the same people at once: nobody is answered that the shop is busy, and all become who they are."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from kaskad.domain.identities.rules import IdentityKind, IdentityRules
from kaskad.domain.journeys.project import Project
from tests.support.rules import CARTS
from tests.support.stack import NOON, OpenStack

pytestmark = pytest.mark.anyio
WITHOUT_LIMITS = IdentityRules(kinds=tuple(IdentityKind(name=kind) for kind in ("user_id", "card", "email", "phone")))
WRITERS, EVENTS, PEOPLE = 8, 30, 12


def without_limits(project: Project) -> Project:
    return CARTS(project).model_copy(update={"identities": WITHOUT_LIMITS})


def words(seed: int) -> list[list[tuple[str, str]]]:
    """What each event names: one or two identities of a dozen people. Without limits the order is all the same."""
    choose = random.Random(seed)
    found = []
    for _ in range(WRITERS * EVENTS):
        person = choose.randrange(PEOPLE)
        own = [
            ("card", f"c{person}-{choose.randrange(4)}"),
            ("email", f"p{person}.{choose.randrange(4)}@customer.example"),
        ]
        found.append(choose.sample(own, choose.choice((1, 2, 2))))
    return found


def components(told: list[list[tuple[str, str]]]) -> set[frozenset[tuple[str, str]]]:
    """Who is one person, by union and find."""
    above: dict[tuple[str, str], tuple[str, str]] = {}

    def find(name: tuple[str, str]) -> tuple[str, str]:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    for named in told:
        for name in named:
            above[find(name)] = find(named[0])
    return {frozenset(name for name in above if find(name) == top) for top in map(find, list(above))}


@pytest.mark.parametrize("seed", range(2))
async def test_a_storm_of_joins_gives_the_people_of_union_and_find(seed: int, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=without_limits)
    told = words(seed)
    events = [_event(place, named) for place, named in enumerate(told)]
    before = await stack.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")

    async def write(own: list[dict[str, Any]]) -> None:
        for start in range(0, len(own), 3):
            await stack.post("store", own[start : start + 3])

    await asyncio.gather(*(write(events[first::WRITERS]) for first in range(WRITERS)))
    rows = await stack.rows("SELECT customer_id, kind, value FROM identity")
    owners = {row["customer_id"] for row in rows}
    found = {frozenset((r["kind"], r["value"]) for r in rows if r["customer_id"] == owner) for owner in owners}
    assert found == components(told)
    assert len(await stack.rows("SELECT id FROM event WHERE name = 'app_opened'")) == len(events)
    assert await stack.rows("SELECT id FROM identity_conflict") == []
    assert await stack.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == before


def _event(place: int, named: list[tuple[str, str]]) -> dict[str, Any]:
    ids = [{"type": kind, "id": value} for kind, value in named]
    said = {"type": "track", "event": "app_opened", "messageId": f"m{place}", "timestamp": NOON.isoformat()}
    return said | {"context": {"externalIds": ids}}
