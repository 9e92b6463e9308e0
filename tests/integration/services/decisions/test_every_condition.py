"""No condition that `validate` accepts is refused by the database, wherever it may stand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.config.journey_files.entry_keys import once_per
from kaskad.config.journey_files.polled_triggers import _is_date
from kaskad.config.project_files.segments import _not_of_the_customer
from kaskad.config.yaml.node import InvalidNode
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import AnyOf, Condition, DidEvent, EventMatch, Not, SameAs
from kaskad.domain.journeys.entry_trigger import DateTrigger
from kaskad.domain.journeys.journey import Goal, Journey
from kaskad.domain.journeys.project import Project
from kaskad.storage import entrance_scans
from kaskad.storage.conditions import entry_keys
from kaskad.storage.conditions.entry_queries import _is_event_only
from kaskad.storage.conditions.trace import compile_trace
from kaskad.storage.conditions.version_queries import CompiledQuery
from kaskad.storage.outlook import calendar_forecast
from tests.support.every_condition import (
    EVENT,
    compared,
    different,
    done,
    looked_at,
    node_of,
    paths_of,
    scope_of,
    spoken,
)
from tests.support.rules import enrollments, event_journey, with_journeys
from tests.support.stack import NOON, Stack, running_stack

pytestmark = pytest.mark.anyio

AT_ONCE = 400
HOUR = timedelta(hours=1)
DAYS = [NOON.date()]
ODD: tuple[Any, ...] = ("shoes", "5", 5, 0.5, True, "2027-03-02", "2027-13-99", [], [5, "shoes"], {"a": 1}, None)
SCOPE = scope_of(spoken(Project()))
OUTSIDE = different((*compared(SCOPE), *done(SCOPE)))
WHERE = different(looked_at(SCOPE))
EVENTS = tuple(DidEvent(event=EVENT.name, where=(condition,)) for condition in WHERE)
ANY_WHERE = AnyOf(of=WHERE)


def chunks(conditions: Sequence[Condition]) -> list[Sequence[Condition]]:
    return [conditions[start : start + AT_ONCE] for start in range(0, len(conditions), AT_ONCE)]


def asking() -> list[Journey]:
    """Journeys that ask each of these: to choose, to enter, to leave, to wait, for the goal."""
    asked = [
        event_journey(
            f"asking_{n}", EVENT.name, steps=[{"kind": "choose", "branches": [branch(condition) for condition in some]}]
        )
        for n, some in enumerate(chunks([*OUTSIDE, *EVENTS]))
    ]
    alone = AnyOf(of=tuple(condition for condition in OUTSIDE if _is_event_only(condition)))
    match = EventMatch(when=EVENT.name, where=(ANY_WHERE,)).model_dump()
    around = event_journey(
        "around",
        EVENT.name,
        enter={"where": [alone], "if": [AnyOf(of=OUTSIDE)], "quiet_for": {"seconds": 60}},
        leave=[match],
        only_while=[AnyOf(of=OUTSIDE)],
        goal=Goal(when=EVENT.name, where=(ANY_WHERE,), within=Duration(seconds=60)).model_dump(by_alias=True),
        steps=[{"kind": "wait_for", "event": match, "up_to": {"seconds": 60}}],
    )
    return [*asked, around]


def branch(condition: Condition) -> dict[str, Any]:
    return {"if": [condition], "then": []}


@pytest.fixture
async def stack(database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    """A stack that publishes all of them; nobody is known."""
    edit = with_journeys(*asking())
    async with running_stack(database_url, tmp_path, edit=lambda project: edit(spoken(project))) as stack:
        yield stack


async def populate(stack: Stack) -> None:
    """Some people whose every value is odd."""
    await stack.identify("born", birthday="1990-03-02")
    for number, odd in enumerate(ODD):
        user, kinds = f"p{number}", dict.fromkeys(EVENT.properties, odd)
        await stack.identify(user, birthday=odd, points={"left": odd, "next": {"at": odd}}, **kinds)
        await stack.stock("pepperoni", 5)
        await stack.track(user, "product_updated", product_id=f"p{number}", category=odd, price=odd, refill_days=odd)
        kinds |= {"product_id": f"p{number}", "products": odd, "status": odd, "delivered_at": odd, "area": {"id": odd}}
        await stack.track(user, EVENT.name, **kinds)
        await stack.track(
            user, "order_completed", order_id=f"o{number}", total=odd, products=[{"product_id": odd}, odd]
        )
        await stack.track(user, "Product Added", cart_id="k", product_id=f"p{number}", price=5)


async def ask(stack: Stack, question: CompiledQuery | None, **given: Any) -> list[dict[str, Any]]:
    assert question is not None
    return await stack.rows(question.sql, **question.params, **given)


@pytest.mark.parametrize("populated", [False, True], ids=["empty", "small"])
async def test_in_every_place_of_a_journey(populated: bool, stack: Stack) -> None:
    assert len(OUTSIDE) > 500 and len(WHERE) > 500, "there is something to ask"
    if populated:
        await populate(stack)
    rows = [row for journey in stack.project.journeys for row in await enrollments(stack, journey)]
    assert bool(rows) is populated
    whom = {"ids": [row["id"] for row in rows], "ats": [NOON for _ in rows]}
    for journey in stack.project.journeys:
        async with stack.runtime.database.transaction() as connection:
            questions = (await stack.runtime.catalogue.current_of(connection, journey)).questions
        await ask(stack, questions.truths, **whom)
    for question in (questions.exits, questions.waits, questions.quiet):
        await ask(stack, question, **whom)
    await ask(stack, questions.goal, version=1, since=None, until=None, now=NOON)
    for some in chunks([*OUTSIDE, *EVENTS]):
        await ask(stack, compile_trace(tuple(some)), **whom)


async def test_in_a_segment(stack: Stack) -> None:
    await populate(stack)
    async with stack.runtime.database.transaction() as connection:
        for some in chunks([condition for condition in (*OUTSIDE, *EVENTS) if not [*_not_of_the_customer(condition)]]):
            where = tuple(AnyOf(of=(condition, Not(of=(condition,)))) for condition in some)
            for only_new_in in (None, "asking"):
                await entrance_scans.scan_segment(connection, where, NOON, after=0, limit=100, only_new_in=only_new_in)
            await entrance_scans.find_first_change(
                connection, "asking", where, first=NOON, last=NOON + 2 * HOUR, every=HOUR
            )
            await calendar_forecast.group_by_segment(connection, where, NOON, marketing=True)


@pytest.mark.parametrize("every", [None, "year"])
async def test_as_a_date(every: str | None, stack: Stack) -> None:
    """Each date that is accepted, those too that are worked out of what the customer did."""
    await populate(stack)
    dates = [path for path in SCOPE.vocabulary.paths("customer.") if _is_date(SCOPE.vocabulary.type_of(path))]
    assert {"customer.birthday", "customer.last_order.at", "customer.a_time"} <= {*dates}
    async with stack.runtime.database.transaction() as connection:
        for path in [*dates, "customer.points.next.at"]:
            kind = SCOPE.vocabulary.type_of(path)
            said = {"kind": "date", "date": path, "type": kind, "every": every, "at": "12:30", "again_after": "always"}
            enter = DateTrigger.model_validate(said)
            found = await entrance_scans.scan_dates(connection, enter, DAYS, now=NOON, after=0, limit=100)
            nobody = path == "customer.registered_at" or (path == "customer.birthday" and every is None)
            assert bool(found) is not nobody, "nobody has told the one, and nobody was born today"
            await calendar_forecast.group_by_date(connection, enter, DAYS, now=NOON, marketing=True)


async def test_as_what_an_entry_is_once_for(stack: Stack) -> None:
    await populate(stack)
    entries = [(number, dict.fromkeys(EVENT.properties, odd), NOON) for number, odd in enumerate(ODD)]
    async with stack.runtime.database.transaction() as connection:
        for path in [*paths_of(SCOPE), *SameAs]:
            with suppress(InvalidNode):
                await entry_keys.compute_entry_keys(connection, once_per(node_of(path), SCOPE), entries)
