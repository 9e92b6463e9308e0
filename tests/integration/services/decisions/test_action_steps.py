"""Steps that change something: a profile, another journey, the path that somebody takes, the end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
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
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio
GOLD = {
    "kind": "set",
    "assignments": [
        {"attribute": "loyalty_level", "type": "text", "value": "gold"},
        {"attribute": "children", "type": "number", "value": {"path": "event.count"}},
    ],
}
IS_GOLD = compare("customer.loyalty_level", "is", "gold", "text")


async def profile(home: Stack, user: str) -> dict[str, Any]:
    (row,) = await home.rows("SELECT attributes FROM customer WHERE id = %(id)s", id=await customer_of(home, user))
    found: dict[str, Any] = row["attributes"]
    return found


async def noted(home: Stack, journey: str) -> list[tuple[str, str | None, Any]]:
    rows = await home.rows("SELECT kind, reason, facts FROM decision WHERE journey = %(j)s ORDER BY id", j=journey)
    return [(row["kind"], row["reason"], row["facts"]) for row in rows]


async def test_what_is_set_stands_in_the_profile_and_the_next_step_sees_it(database_url: str, tmp_path: Path) -> None:
    choose = {"kind": "choose", "branches": [{"if": [IS_GOLD], "then": [send("how_was_it")]}]}
    setting = event_journey("setting", "app_opened", steps=[GOLD, choose])
    async with stack(database_url, tmp_path, edit=with_journeys(setting)) as home:
        await home.person("anna", "email", loyaltyLevel="silver", city="Omsk")
        await home.track("anna", "app_opened", count=2)
        await home.run("setting")
        assert {"loyalty_level": "gold", "children": 2, "city": "Omsk"}.items() <= (await profile(home, "anna")).items()
        assert await messages(home) == [("setting", "sent")]
        await home.identify("anna", at=NOON - timedelta(days=1), loyalty_level="bronze", city="Tomsk")
        assert (await profile(home, "anna"))["loyalty_level"] == "gold", "what was told before comes before"
        await home.at(timedelta(days=1))
        await home.identify("anna", loyalty_level="platinum")
        assert (await profile(home, "anna"))["loyalty_level"] == "platinum", "the latest word counts"


async def test_a_value_that_is_not_known_is_waited_for(database_url: str, tmp_path: Path) -> None:
    setting = event_journey("setting", "app_opened", steps=[GOLD])
    async with stack(database_url, tmp_path, edit=with_journeys(setting)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened", count="many")
        await home.run("setting")
        assert ("held", "unknown_value", {}) in await noted(home, "setting")
        assert await statuses(home, "setting") == ["active"]
        assert "loyalty_level" not in await profile(home, "anna")


async def test_a_test_changes_nobodys_profile(database_url: str, tmp_path: Path) -> None:
    step = {"kind": "set", "assignments": GOLD["assignments"][:1]}
    setting = event_journey("setting", "app_opened", steps=[step])
    async with stack(database_url, tmp_path, edit=with_journeys(setting)) as home:
        await home.person("anna", "email")
        await manual_enrollment.enroll(home.runtime, "setting", "anna", mode=Mode.TEST)
        assert "loyalty_level" not in await profile(home, "anna")
        assert ("skipped", "only_a_test", {}) in await noted(home, "setting")


async def test_a_change_of_the_profile_moves_a_wait(database_url: str, tmp_path: Path) -> None:
    until = {
        "kind": "moment",
        "by": {"seconds": 86_400},
        "side": "after",
        "path": "customer.registered_at",
        "type": "time",
    }
    waiting = event_journey("waiting", "app_opened", steps=[{"kind": "wait", "until": until}, send("how_was_it")])
    async with stack(database_url, tmp_path, edit=with_journeys(waiting)) as home:
        await home.person("anna", "email", registered_at=(NOON + timedelta(hours=5)).isoformat())
        await home.track("anna", "app_opened")
        await home.run("waiting")
        assert (await enrollments(home, "waiting"))[0]["due_at"] == NOON + timedelta(days=1), "looked at again"
        await home.at(timedelta(minutes=1))
        await home.identify("anna", registered_at=(NOON - timedelta(days=2)).isoformat())
        await home.run("waiting")
        assert await messages(home) == [("waiting", "sent")]


def starting(*steps: dict[str, Any], **said: Any) -> Any:
    started = event_journey("started", "signed_up", enter={"once_per": "cart", **said.pop("enter", {})}, **said)
    first = event_journey("first", "app_opened", steps=[{"kind": "start", "journey": "started"}, *steps])
    return with_journeys(first, started)


async def test_another_journey_takes_over_with_this_entrys_properties(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=starting(wait(60))) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened", cart_id="k7", where="home")
        await home.run("first")
        (one,) = await enrollments(home, "started")
        assert (one["key"], one["direct"], one["entered_at"]) == ("k7", True, NOON)
        assert one["entry"]["where"] == "home"
        await home.run("started")
        assert await messages(home) == [("started", "sent")]
        assert await statuses(home, "first") == ["active"], "this journey goes on"
        assert ("started", None, {"journey": "started"}) in await noted(home, "first")


async def test_the_other_journey_still_says_whom_it_lets_in(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=starting(enter={"if": [IS_GOLD]})) as home:
        await home.person("anna", "email", loyalty_level="silver")
        await home.track("anna", "app_opened", cart_id="k7")
        await home.run("first")
        await home.run("started")
        assert await statuses(home, "started") == ["refused"]


async def test_where_it_cannot_be_started_that_is_noted(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=starting()) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")  # names no cart
        await home.run("first")
        assert ("dropped", "missing_data", {"detail": "started"}) in await noted(home, "first")
        await pausing.set_paused(home.runtime, "started", True)
        await home.track("anna", "app_opened", cart_id="k7")
        await home.run("first")
        assert ("dropped", "paused", {"detail": "started"}) in await noted(home, "first")
        assert await enrollments(home, "started") == []


async def test_whoever_is_inside_is_not_started_again(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=starting()) as home:
        await home.person("anna", "email")
        for _ in range(2):
            await home.track("anna", "app_opened", cart_id="k7")
            await home.run("first")
        assert len(await enrollments(home, "first")) == 2
        assert len(await enrollments(home, "started")) == 1


def split(a: str, b: str, share: str = "0.5") -> dict[str, Any]:
    return {
        "kind": "split",
        "name": "letter",
        "paths": [
            {"name": a, "share": share, "steps": [wait(60)]},
            {"name": b, "share": str(1 - Decimal(share)), "steps": [wait(120)]},
        ],
    }


async def test_everybody_takes_a_path_and_keeps_it_when_the_journey_is_edited(
    database_url: str, tmp_path: Path
) -> None:
    steps = [split("early", "late"), wait(3600)]
    users = [f"u{number}" for number in range(20)]
    async with stack(
        database_url, tmp_path, edit=with_journeys(event_journey("tried", "app_opened", steps=steps))
    ) as home:
        for user in users:
            await home.track(user, "app_opened")
        await home.run("tried")

        async def took() -> dict[int, list[str]]:
            rows = await home.rows("SELECT customer_id, facts FROM decision WHERE kind = 'took' ORDER BY id")
            found: dict[int, list[str]] = {}
            for row in rows:
                found.setdefault(row["customer_id"], []).append(row["facts"]["path"])
            return found

        first = await took()
        shares = {"early": Decimal("0.5"), "late": Decimal("0.5")}
        assert first == {id_: [pick_path("tried", "letter", id_, shares=shares)] for id_ in first}
        assert {path for (path,) in first.values()} == {"early", "late"}
        await home.at(timedelta(hours=2))
        await home.run("tried")
        assert set(await statuses(home, "tried")) == {"done"}, "the paths join again"
        edited = [send("how_was_it", name="before"), split("late", "early"), wait(90)]
        await published_anew(home, event_journey("tried", "app_opened", steps=edited))
        for user in users:
            await home.track(user, "app_opened")
        await home.run("tried")
        assert all(len(set(paths)) == 1 for paths in (await took()).values())
        assert all(len(paths) == 2 for paths in (await took()).values())


async def test_the_journey_ends_where_it_says(database_url: str, tmp_path: Path) -> None:
    leave = {"kind": "leave", "why": "nothing for them"}
    choose = {"kind": "choose", "branches": [{"if": [IS_GOLD], "then": [leave]}]}
    ending = event_journey("ending", "app_opened", steps=[choose, send("how_was_it")])
    async with stack(database_url, tmp_path, edit=with_journeys(ending)) as home:
        await home.person("anna", "email", loyalty_level="gold")
        await home.person("boris", "email", loyalty_level="silver")
        await home.track("anna", "app_opened")
        await home.track("boris", "app_opened")
        await home.run("ending")
        first, second = await enrollments(home, "ending")
        assert (first["status"], first["reason"], first["left_by"]) == ("left", "left_by_step", None)
        assert second["status"] == "done"
        assert ("left", "left_by_step", {"why": "nothing for them"}) in await noted(home, "ending")
