"""Facts are those of each row's own time, and what is not known is neither true nor false."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.condition import Condition, EventMatch
from kaskad.services.decisions import runner
from tests.support.rules import compare, enrollments, event_journey, messages, send, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WITHIN_A_DAY = {"kind": "did", "event": "product_viewed", "within": {"seconds": 86_400}}


async def answers(stack: Stack, journey: str, asked: Sequence[tuple[int, datetime]]) -> dict[int, dict[str, Any]]:
    """What the journey's conditions say of these (enrollment, instant) rows, all asked at once."""
    async with stack.runtime.database.transaction() as connection:
        published = await stack.runtime.catalogue.current_of(connection, journey)
        question = published.questions.truths
        assert question is not None
        params = {**question.params, "ids": [id_ for id_, _ in asked], "ats": [at for _, at in asked]}
        cursor = await connection.execute(question.sql, params)
        return {row["enrollment_id"]: row for row in await cursor.fetchall()}


async def test_each_row_is_asked_as_of_its_own_instant(open_stack: OpenStack) -> None:
    asking = event_journey("asking", "app_opened", steps=[send("how_was_it", **{"if": [WITHIN_A_DAY]})])
    stack = await open_stack(edit=with_journeys(asking))
    for user in ("anna", "boris", "clara"):
        await stack.track(user, "app_opened")
        await stack.track(user, "product_viewed", product_id="p")
    ids = [row["id"] for row in await enrollments(stack, "asking")]
    asked = list(zip(ids, (NOON - HOUR, NOON + HOUR, NOON + DAY + HOUR), strict=True))
    found = await answers(stack, "asking", asked)
    assert [found[id_]["c0"] for id_ in ids] == [False, True, False], "not yet, within the day, no more"


async def test_exits_and_waits_are_asked_as_of_each_rows_instant(open_stack: OpenStack) -> None:
    waiting = event_journey(
        "waiting",
        "app_opened",
        leave=[EventMatch(when="order_completed").model_dump()],
        steps=[{"kind": "wait_for", "event": {"when": "email_confirmed"}, "up_to": {"seconds": 864_000}}],
    )
    stack = await open_stack(edit=with_journeys(waiting))
    for user in ("anna", "boris"):
        await stack.track(user, "app_opened")
    await stack.decide("waiting")
    await stack.at(HOUR)
    for user in ("anna", "boris"):
        await stack.track(user, "order_completed", order_id=user)
        await stack.track(user, "email_confirmed", email="a@b.example")
    early, late = [row["id"] for row in await enrollments(stack, "waiting")]
    async with stack.runtime.database.transaction() as connection:
        questions = (await stack.runtime.catalogue.current_of(connection, "waiting")).questions
        for question, column in ((questions.exits, "occurred_at"), (questions.waits, "at")):
            assert question is not None
            rows = {"ids": [early, late], "ats": [NOON + HOUR / 2, NOON + 2 * HOUR]}
            cursor = await connection.execute(question.sql, {**question.params, **rows})
            found = {row["enrollment_id"]: row[column] for row in await cursor.fetchall()}
            assert found.get(early) is None
            assert found[late] == NOON + HOUR


async def test_decisions_are_judged_by_the_engines_clock(open_stack: OpenStack) -> None:
    """Neither the machine's nor the database's time has a say: here both are years away."""
    asking = event_journey("asking", "app_opened", enter={"if": [WITHIN_A_DAY]})
    stack = await open_stack(edit=with_journeys(asking))
    for user in ("anna", "boris"):
        await stack.track(user, "product_viewed", product_id="p")
    await stack.at(23 * HOUR)
    await stack.track("anna", "app_opened")
    assert (await runner.decide_batch(stack.runtime, "asking")).entered == 1
    await stack.at(2 * HOUR)
    await stack.track("boris", "app_opened")
    assert (await runner.decide_batch(stack.runtime, "asking")).held == {"if_false": 1}


UNKNOWN = compare("customer.city", "is", "Omsk", "text")


@pytest.mark.parametrize(
    "condition",
    [
        UNKNOWN,
        {"kind": "not", "of": [UNKNOWN]},
        {"kind": "not", "of": [{"kind": "not", "of": [UNKNOWN]}]},
        {"kind": "any", "of": [UNKNOWN, {**WITHIN_A_DAY, "event": "never_done"}]},
        compare("customer.city", "is_not", "Omsk", "text"),
        compare("customer.city", "not_in", ["Omsk", "Tomsk"], "text"),
        compare("customer.city", "at_least", 5, "number"),
        compare("product.price", "at_least", 5, "money"),
    ],
    ids=lambda condition: condition.get("op") or condition["kind"],
)
async def test_what_is_not_known_holds_everything(condition: Condition, open_stack: OpenStack) -> None:
    """At the entrance, in a choice, before a send and just before it: held, neither sent nor given up."""
    choice = {"kind": "choose", "branches": [{"if": [condition], "then": []}], "else": [send("you_looked_at")]}
    journeys = [
        event_journey("entering", "app_opened", enter={"if": [condition]}),
        event_journey("sending", "app_opened", steps=[send("how_was_it", **{"if": [condition]})]),
        event_journey("choosing", "app_opened", steps=[choice]),
        event_journey("standing", "app_opened", only_while=[condition]),
    ]
    stack = await open_stack(edit=with_journeys(*journeys))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    assert (await runner.decide_batch(stack.runtime, "sending")).held == {"unknown_value": len(journeys)}
    assert await messages(stack) == []
    rows = await stack.rows("SELECT journey, status, due_at FROM enrollment")
    assert {row["journey"]: row["status"] for row in rows} == {
        "entering": "candidate",
        "sending": "active",
        "choosing": "active",
        "standing": "active",
    }
    assert {row["due_at"] for row in rows} == {NOON + HOUR}, "asked again, for nothing wakes them"


async def test_what_was_not_known_is_asked_again(open_stack: OpenStack) -> None:
    asking = event_journey("asking", "app_opened", enter={"if": [UNKNOWN]})
    stack = await open_stack(edit=with_journeys(asking))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.run("asking")
    await stack.identify("anna", city="Omsk")
    await stack.at(HOUR)
    assert (await stack.run("asking")).outcomes == {"sent": 1}


async def test_an_order_of_unknown_worth_neither_counts_nor_does_not(open_stack: OpenStack) -> None:
    dear = compare("order.total", "more_than", 1000, "money")
    bought = {"kind": "did", "event": "order_completed", "where": [dear]}
    journeys = [
        event_journey("did", "app_opened", enter={"if": [bought]}),
        event_journey("did_not", "app_opened", enter={"if": [{**bought, "negated": True}]}),
    ]
    stack = await open_stack(edit=with_journeys(*journeys))
    await stack.track("anna", "order_completed", order_id="o1", total="a lot")
    await stack.track("anna", "app_opened")
    assert (await runner.decide_batch(stack.runtime, "did")).held == {"unknown_value": 2}
    await stack.track("anna", "order_completed", order_id="o2", total="1000.01")
    await stack.at(HOUR)
    done = await runner.decide_batch(stack.runtime, "did")
    assert (done.entered, done.held.get("if_false")) == (1, 1), "one that surely counts settles it"
