"""Steps that change something: a profile, another journey, the path that somebody takes, the end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.decisions.experiment import pick_path
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.operations import pausing
from tests.support.rules import (
    compare,
    customer_of,
    enrollments,
    event_journey,
    messages,
    published_anew,
    send,
    statuses,
    wait,
    with_journeys,
)
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
GOLD = {
    "kind": "set",
    "assignments": [
        {"attribute": "loyalty_level", "type": "text", "value": "gold"},
        {"attribute": "children", "type": "number", "value": {"path": "event.count"}},
    ],
}
IS_GOLD = compare("customer.loyalty_level", "is", "gold", "text")


async def profile(stack: Stack, user: str) -> dict[str, Any]:
    (row,) = await stack.rows("SELECT attributes FROM customer WHERE id = %(id)s", id=await customer_of(stack, user))
    found: dict[str, Any] = row["attributes"]
    return found


async def noted(stack: Stack, journey: str) -> list[tuple[str, str | None, Any]]:
    rows = await stack.rows("SELECT kind, reason, facts FROM decision WHERE journey = %(j)s ORDER BY id", j=journey)
    return [(row["kind"], row["reason"], row["facts"]) for row in rows]


async def test_what_is_set_stands_in_the_profile_and_the_next_step_sees_it(open_stack: OpenStack) -> None:
    choose = {"kind": "choose", "branches": [{"if": [IS_GOLD], "then": [send("how_was_it")]}]}
    setting = event_journey("setting", "app_opened", steps=[GOLD, choose])
    stack = await open_stack(edit=with_journeys(setting))
    await stack.person("anna", "email", loyaltyLevel="silver", city="Omsk")
    await stack.track("anna", "app_opened", count=2)
    await stack.run("setting")
    assert {"loyalty_level": "gold", "children": 2, "city": "Omsk"}.items() <= (await profile(stack, "anna")).items()
    assert await messages(stack) == [("setting", "sent")]
    await stack.identify("anna", at=NOON - timedelta(days=1), loyalty_level="bronze", city="Tomsk")
    assert (await profile(stack, "anna"))["loyalty_level"] == "gold", "what was told before comes before"
    await stack.at(timedelta(days=1))
    await stack.identify("anna", loyalty_level="platinum")
    assert (await profile(stack, "anna"))["loyalty_level"] == "platinum", "the latest word counts"


async def test_a_value_that_is_not_known_is_waited_for(open_stack: OpenStack) -> None:
    setting = event_journey("setting", "app_opened", steps=[GOLD])
    stack = await open_stack(edit=with_journeys(setting))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened", count="many")
    await stack.run("setting")
    assert ("held", "unknown_value", {}) in await noted(stack, "setting")
    assert await statuses(stack, "setting") == ["active"]
    assert "loyalty_level" not in await profile(stack, "anna")


async def test_a_test_changes_nobodys_profile(open_stack: OpenStack) -> None:
    step = {"kind": "set", "assignments": GOLD["assignments"][:1]}
    setting = event_journey("setting", "app_opened", steps=[step])
    stack = await open_stack(edit=with_journeys(setting))
    await stack.person("anna", "email")
    await manual_enrollment.enroll(stack.runtime, "setting", "anna", mode=Mode.TEST)
    assert "loyalty_level" not in await profile(stack, "anna")
    assert ("skipped", "only_a_test", {}) in await noted(stack, "setting")


async def test_a_change_of_the_profile_moves_a_wait(open_stack: OpenStack) -> None:
    until = {
        "kind": "moment",
        "by": {"seconds": 86_400},
        "side": "after",
        "path": "customer.registered_at",
        "type": "time",
    }
    waiting = event_journey("waiting", "app_opened", steps=[{"kind": "wait", "until": until}, send("how_was_it")])
    stack = await open_stack(edit=with_journeys(waiting))
    await stack.person("anna", "email", registered_at=(NOON + timedelta(hours=5)).isoformat())
    await stack.track("anna", "app_opened")
    await stack.run("waiting")
    assert (await enrollments(stack, "waiting"))[0]["due_at"] == NOON + timedelta(days=1), "looked at again"
    await stack.at(timedelta(minutes=1))
    await stack.identify("anna", registered_at=(NOON - timedelta(days=2)).isoformat())
    await stack.run("waiting")
    assert await messages(stack) == [("waiting", "sent")]


def starting(*steps: dict[str, Any], **said: Any) -> Any:
    started = event_journey("started", "signed_up", enter={"once_per": "cart", **said.pop("enter", {})}, **said)
    first = event_journey("first", "app_opened", steps=[{"kind": "start", "journey": "started"}, *steps])
    return with_journeys(first, started)


async def test_another_journey_takes_over_with_this_entrys_properties(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=starting(wait(60)))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened", cart_id="k7", where="home")
    await stack.run("first")
    (enrollment,) = await enrollments(stack, "started")
    assert (enrollment["key"], enrollment["direct"], enrollment["entered_at"]) == ("k7", True, NOON)
    assert enrollment["entry"]["where"] == "home"
    await stack.run("started")
    assert await messages(stack) == [("started", "sent")]
    assert await statuses(stack, "first") == ["active"], "this journey goes on"
    assert ("started", None, {"journey": "started"}) in await noted(stack, "first")


async def test_the_other_journey_still_says_whom_it_lets_in(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=starting(enter={"if": [IS_GOLD]}))
    await stack.person("anna", "email", loyalty_level="silver")
    await stack.track("anna", "app_opened", cart_id="k7")
    await stack.run("first")
    await stack.run("started")
    assert await statuses(stack, "started") == ["refused"]


async def test_where_it_cannot_be_started_that_is_noted(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=starting())
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")  # names no cart
    await stack.run("first")
    assert ("dropped", "missing_data", {"detail": "started"}) in await noted(stack, "first")
    await pausing.set_paused(stack.runtime, "started", True)
    await stack.track("anna", "app_opened", cart_id="k7")
    await stack.run("first")
    assert ("dropped", "paused", {"detail": "started"}) in await noted(stack, "first")
    assert await enrollments(stack, "started") == []


async def test_whoever_is_inside_is_not_started_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=starting())
    await stack.person("anna", "email")
    for _ in range(2):
        await stack.track("anna", "app_opened", cart_id="k7")
        await stack.run("first")
    assert len(await enrollments(stack, "first")) == 2
    assert len(await enrollments(stack, "started")) == 1


def split(a: str, b: str, share: str = "0.5") -> dict[str, Any]:
    return {
        "kind": "split",
        "name": "letter",
        "paths": [
            {"name": a, "share": share, "steps": [wait(60)]},
            {"name": b, "share": str(1 - Decimal(share)), "steps": [wait(120)]},
        ],
    }


async def test_everybody_takes_a_path_and_keeps_it_when_the_journey_is_edited(open_stack: OpenStack) -> None:
    steps = [split("early", "late"), wait(3600)]
    users = [f"u{number}" for number in range(20)]
    stack = await open_stack(edit=with_journeys(event_journey("tried", "app_opened", steps=steps)))
    for user in users:
        await stack.track(user, "app_opened")
    await stack.run("tried")

    async def took() -> dict[int, list[str]]:
        rows = await stack.rows("SELECT customer_id, facts FROM decision WHERE kind = 'took' ORDER BY id")
        found: dict[int, list[str]] = {}
        for row in rows:
            found.setdefault(row["customer_id"], []).append(row["facts"]["path"])
        return found

    first = await took()
    shares = {"early": Decimal("0.5"), "late": Decimal("0.5")}
    assert first == {id_: [pick_path("tried", "letter", id_, shares=shares)] for id_ in first}
    assert {path for (path,) in first.values()} == {"early", "late"}
    await stack.at(timedelta(hours=2))
    await stack.run("tried")
    assert set(await statuses(stack, "tried")) == {"done"}, "the paths join again"
    edited = [send("how_was_it", name="before"), split("late", "early"), wait(90)]
    await published_anew(stack, event_journey("tried", "app_opened", steps=edited))
    for user in users:
        await stack.track(user, "app_opened")
    await stack.run("tried")
    assert all(len(set(paths)) == 1 for paths in (await took()).values())
    assert all(len(paths) == 2 for paths in (await took()).values())


async def test_the_journey_ends_where_it_says(open_stack: OpenStack) -> None:
    leave = {"kind": "leave", "why": "nothing for them"}
    choose = {"kind": "choose", "branches": [{"if": [IS_GOLD], "then": [leave]}]}
    ending = event_journey("ending", "app_opened", steps=[choose, send("how_was_it")])
    stack = await open_stack(edit=with_journeys(ending))
    await stack.person("anna", "email", loyalty_level="gold")
    await stack.person("boris", "email", loyalty_level="silver")
    await stack.track("anna", "app_opened")
    await stack.track("boris", "app_opened")
    await stack.run("ending")
    first, second = await enrollments(stack, "ending")
    assert (first["status"], first["reason"], first["left_by"]) == ("left", "left_by_step", None)
    assert second["status"] == "done"
    assert ("left", "left_by_step", {"why": "nothing for them"}) in await noted(stack, "ending")
