"""What holds for every journey: nothing about what was just bought, nothing to the control group, no unknown sender."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.experiment import in_control_group
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import CascadeOrder
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.project import Sender
from tests.support.delivering import worker
from tests.support.offers import by, message, offering, publish_offers, said, viewers
from tests.support.rules import send
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
MONTH = Duration(seconds=30 * 86_400)
NEVER_ABOUT = Policy(never_about=MONTH)
HELLO = message("offer", "Look at it again", {})


async def bought(home: Stack, user: str, product: str, category: str = "", **order: Any) -> None:
    """An order at a till, of a product that the shop told of before."""
    if category:
        await home.track("warehouse", "Product Updated", product_id=product, name=product, category=category)
    await home.track(
        user,
        "Order Completed",
        source="store",
        **{"order_id": f"o-{product}", "place": "store", "store": "Lenina 5"} | order,
        products=[{"product_id": product, "price": 100, "quantity": 1}],
    )


async def reasons(home: Stack) -> list[str | None]:
    """Why messages did not go, in the order of the decisions."""
    rows = await home.rows("SELECT reason FROM decision WHERE reason IS NOT NULL AND journey = 'offers' ORDER BY id")
    return [row["reason"] for row in rows]


BASKETS = [
    ("pepperoni", "", {}, True),  # the very product
    ("diavola", "pizza", {}, True),  # the like of it
    ("cola", "drinks", {}, False),
    ("pepperoni", "", {"days_ago": 29}, True),
    ("pepperoni", "", {"days_ago": 31}, False),
]


@pytest.mark.parametrize(("product", "category", "when", "silent"), BASKETS)
async def test_nothing_about_what_was_bought_in_a_store(
    database_url: str, tmp_path: Path, product: str, category: str, when: dict[str, int], silent: bool
) -> None:
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), HELLO, policy=NEVER_ABOUT)
        await home.track("warehouse", "Product Updated", product_id="pepperoni", name="Pepperoni", category="pizza")
        await home.person("kolya", "push")
        at = home.now - timedelta(days=when.get("days_ago", 0), minutes=38)
        await bought(home, "kolya", product, category, at=at)
        await viewers(home, "kolya")
        await home.run("offers")
        assert (said(home) == []) is silent
        assert ("bought" in await reasons(home)) is silent


async def test_a_purchase_while_the_message_waits_is_found_in_the_look(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), HELLO, policy=NEVER_ABOUT)
        await viewers(home, "kolya")
        assert [row["status"] for row in await home.rows("SELECT status FROM message")] == ["queued"]
        await bought(home, "kolya", "pepperoni")
        done = await worker(home).deliver(Channel.PUSH, "offers")
        assert done.held == {"bought": 1}
        await home.run("offers")
        assert said(home) == []
        (note,) = await home.rows("SELECT facts FROM decision WHERE reason = 'bought' AND kind = 'dropped'")
        assert (note["facts"]["product"], note["facts"]["place"]) == ("pepperoni", "store, Lenina 5")


async def test_the_order_that_the_entry_is_about_is_its_occasion(database_url: str, tmp_path: Path) -> None:
    """Time to refill: it is about what was bought; another order of the like of it takes the occasion away."""
    told = offering(when="order_delivered")
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, told, HELLO, policy=NEVER_ABOUT)
        for user in ("kolya", "tolya"):
            await home.person(user, "push")
            await bought(home, user, "pepperoni", "pizza", order_id=f"first-{user}")
        await bought(home, "tolya", "diavola", "pizza", order_id="second")
        for user in ("kolya", "tolya"):
            await home.track(user, "Order Delivered", order_id=f"first-{user}", product_id="pepperoni")
        await home.run("offers")
        assert [to for _, to in home.sent()] == ["push-kolya"]


async def test_a_group_of_analogues_goes_before_the_category(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), HELLO, policy=NEVER_ABOUT)
        for product, similar in (("pepperoni", "with meat"), ("diavola", "with meat"), ("margherita", "plain")):
            told = {"product_id": product, "name": product, "category": "pizza", "similar": similar}
            await home.track("warehouse", "Product Updated", **told)
        await home.person("kolya", "push")
        await home.person("tolya", "push")
        await bought(home, "kolya", "margherita")
        await bought(home, "tolya", "diavola")
        await viewers(home, "kolya", "tolya")
        await home.run("offers")
        assert [to for _, to in home.sent()] == ["push-kolya"]


@pytest.mark.parametrize("purpose", ["requested", "transactional"])
async def test_what_was_asked_for_and_what_must_be_told(database_url: str, tmp_path: Path, purpose: str) -> None:
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(purpose=purpose), HELLO, policy=NEVER_ABOUT)
        await home.person("kolya", "push")
        await bought(home, "kolya", "pepperoni")
        await viewers(home, "kolya")
        await home.run("offers")
        assert len(said(home)) == (purpose == "transactional")


async def test_the_control_group_hears_no_marketing(database_url: str, tmp_path: Path) -> None:
    half = Policy(control_group=Decimal("0.5"))
    users = [f"u{number}" for number in range(12)]
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), HELLO, policy=half)
        await viewers(home, *users)
        await home.run("offers")
        rows = await home.rows("SELECT customer_id, status, reason FROM enrollment ORDER BY customer_id")
        assert len(rows) == 12
        for row in rows:
            out = in_control_group(row["customer_id"], half.control_group)
            assert (row["status"], row["reason"]) == (("refused", "control_group") if out else ("active", None))
        assert 0 < len(said(home)) < 12


async def test_who_is_inside_when_the_control_group_is_drawn_hears_no_more(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), HELLO)
        await viewers(home, "kolya")
        await publish_offers(home, offering(), HELLO, policy=Policy(control_group=Decimal("0.999999999")))
        assert (await worker(home).deliver(Channel.PUSH, "offers")).held == {"control_group": 1}
        await home.run("offers")
        assert said(home) == []
        assert set(await reasons(home)) == {"control_group"}


async def test_an_unknown_franchise_says_nothing_until_it_is_known(database_url: str, tmp_path: Path) -> None:
    told = offering(when="app_opened", sender="event.franchise_id", cascade=by("push"))
    async with stack(database_url, tmp_path) as home:
        seventeen = {"17": Sender(name="17", addresses={Channel.PUSH: "Lenina"})}
        home.project = home.project.model_copy(update={"senders": {**home.project.senders, **seventeen}})
        await publish_offers(home, told, HELLO)
        for user, franchise in (("kolya", "17"), ("tolya", "18"), ("olya", "")):
            await home.person(user, "push")
            await home.track(user, "app_opened", franchise_id=franchise)
        await home.run("offers")
        assert [to for _, to in home.sent()] == ["push-kolya"]
        assert await reasons(home) == ["unknown_sender", "unknown_sender"]

        eighteen = {"18": Sender(name="18", addresses={Channel.PUSH: "Mira"})}
        home.project = home.project.model_copy(update={"senders": {**home.project.senders, **eighteen}})
        await publish_offers(home, told, HELLO)
        await home.at(timedelta(hours=1))
        await home.run("offers")
        assert [to for _, to in home.sent()] == ["push-kolya", "push-tolya"]


async def test_people_hear_first_where_they_last_answered(database_url: str, tmp_path: Path) -> None:
    channel_steps = by("push", "sms")
    told = offering(send("offer"), {"kind": "wait", "for": {"seconds": 60}}, send("again"), cascade=channel_steps)
    preferred = told.model_copy(update={"cascade": told.cascade.model_copy(update={"order": CascadeOrder.PREFERRED})})
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, preferred, HELLO, message("again", "Once more", {}))
        await viewers(home, "kolya", channels=("push", "sms"))
        await home.run("offers")
        await home.at(timedelta(hours=1))
        await home.run("offers")
        assert [channel for channel, _ in home.sent()] == ["push", "sms"]
        await home.rows("UPDATE message SET clicked_at = %(at)s WHERE channel = 'sms'", at=home.now)
        await home.rows("UPDATE enrollment SET due_at = %(at)s", at=home.now)
        await home.at(timedelta(hours=1))
        await home.run("offers")
        assert [channel for channel, _ in home.sent()] == ["push", "sms", "sms"]
