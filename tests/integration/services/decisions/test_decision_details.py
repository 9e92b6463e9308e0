"""What the rules ask for besides, and what was not so before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.errors import Unavailable
from kaskad.services.decisions import fanout, manual_enrollment, runner
from kaskad.services.operations import pausing
from tests.support.rules import (
    CARTS,
    HOUR,
    Edit,
    customer_of,
    enrollments,
    event_journey,
    holding,
    journey,
    published_anew,
    second_connection,
    statuses,
    until_blocked,
    with_journeys,
)
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)
NAME = "back_in_stock"
CALL = event_journey("call", "app_opened", enter={"quiet_for": HOUR})
OWN_ORDER = event_journey(
    "own_order",
    "cart_updated",
    enter={"once_per": "cart", "quiet_for": HOUR},
    leave=[{"when": "order_completed", "same": "cart"}, {"when": "product_removed", "same": "cart"}],
)


def told(**said: object) -> Edit:
    who = ({"kind": "subscribed"},)
    only = [{"kind": "compare", "path": "product.in_stock", "op": "is", "value": True, "type": "boolean"}]
    enter = {"kind": "product", "product": NAME, "who": who, "again_after": "always"} | said
    return with_journeys(journey(NAME, enter, purpose="requested", only_while=only))


async def expand(home: Stack) -> None:
    while await fanout.expand_next(home.runtime) is not None:
        pass


async def test_two_who_share_a_device_are_two(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        for number, user in enumerate(("anna", "boris", "anna", "boris")):
            call = {
                "type": "identify",
                "traits": {"email": f"{user}@customer.example", "card": "77"},
                "anonymousId": "tablet",
            }
            await home.post("site", [home.call(call, user, f"m{number}", None)])
        assert await customer_of(home, "anna") != await customer_of(home, "boris")
        rows = await home.rows("SELECT address FROM contact ORDER BY address")
        assert [row["address"] for row in rows] == ["anna@customer.example", "boris@customer.example"]


async def test_a_lost_connection_is_unavailable(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.track("anna", "app_opened")
        async with holding(home, await customer_of(home, "anna")), second_connection(home) as other:
            task = asyncio.create_task(home.track("anna", "app_opened"))
            await until_blocked(home, task)
            await other.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
            )
            with pytest.raises(Unavailable):
                await task


async def test_nobody_is_locked_for_a_paused_journey(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.person("anna", "email")
        await home.cart("anna")
        await home.at(61 * MINUTE)
        await pausing.set_paused(home.runtime, "abandoned_cart", True)
        assert (await runner.decide_batch(home.runtime, "abandoned_cart")).people == 0


async def test_a_trigger_of_the_old_version_prolongs_the_quiet_time_of_the_old_version(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        await home.track("anna", "app_opened")
        await published_anew(home, event_journey("call", "signed_up", enter={"quiet_for": HOUR}))
        await home.at(30 * MINUTE)
        await home.track("anna", "app_opened")
        await home.at(31 * MINUTE)
        assert (await runner.decide_batch(home.runtime, "call")).entered == 0
        (row,) = await enrollments(home, "call")
        assert row["entered_at"] == NOON + 30 * MINUTE


async def test_an_earlier_trigger_that_comes_late_is_due_earlier(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        await home.track("anna", "app_opened")
        await home.track("anna", "app_opened", at=NOON - 90 * MINUTE)
        assert (await runner.decide_batch(home.runtime, "call")).entered == 1
        (row,) = await enrollments(home, "call")
        assert row["entered_at"] == NOON - 90 * MINUTE


async def test_an_order_of_an_empty_cart_name_names_none(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OWN_ORDER)) as home:
        await home.cart("anna")
        await home.at(MINUTE)
        await home.track("anna", "order_completed", order_id="o1", cart_id="")
        await home.at(61 * MINUTE)
        await home.decide("own_order")
        assert await statuses(home, "own_order") == ["left"]


async def test_what_raised_the_entry_is_no_exit(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OWN_ORDER)) as home:
        line = {"cart_id": "k", "price": 5}
        await home.track("anna", "Product Added", product_id="a", quantity=2, at=NOON - 2 * timedelta(days=1), **line)
        await home.track("anna", "Product Removed", product_id="a", quantity=1, **line)
        await home.at(61 * MINUTE)
        await home.decide("own_order")
        assert "left" not in await statuses(home, "own_order")


async def test_enrolled_by_name_nobody_waits_for_the_quiet_time(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(CALL)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.at(MINUTE)
        assert not (await manual_enrollment.enroll(home.runtime, "call", "anna")).new
        assert (await home.run("call")).outcomes == {"sent": 1}


async def test_a_device_without_a_name_is_a_contact(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.identify("anna", context={"device": {"token": "t1"}})
        (row,) = await home.rows("SELECT channel, address FROM contact")
        assert row == {"channel": "push", "address": "t1"}


async def test_who_was_not_told_is_told_the_next_time(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=told()) as home:
        await home.person("anna", "email")
        await home.stock("p", 0)
        await home.track("anna", "product_subscribed", product_id="p")
        for units in (5, 0):
            await home.at(MINUTE)
            await home.stock("p", units)
            await expand(home)
        await home.run(NAME)  # sold out before anybody wrote
        assert (await statuses(home, NAME), home.reached) == (["done"], [])
        await home.at(MINUTE)
        await home.stock("p", 5)
        await expand(home)
        await home.run(NAME)
        assert len(home.reached) == 1


async def test_a_paused_journey_tells_nobody_of_a_product(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=told()) as home:
        await home.stock("p", 0)
        await home.track("anna", "product_subscribed", product_id="p")
        await home.at(MINUTE)
        await home.stock("p", 5)
        await pausing.set_paused(home.runtime, NAME, True)
        assert await fanout.expand_next(home.runtime) is None
        await pausing.set_paused(home.runtime, NAME, False)
        assert await fanout.expand_next(home.runtime) == 1


async def test_new_events_are_those_that_came(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        said = {"cart_id": "k", "product_id": "b"}
        call = home.call({"type": "track", "event": "Product Added", "properties": said}, "anna", "m1", None)
        assert (await home.post("site", [call])).new == 1
