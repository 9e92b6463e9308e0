"""The entrances of the gallery's journeys, as they are shipped: who enters, and is written to."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaskad.domain.journeys.policy import Policy
from kaskad.services.projects import gallery, loading
from kaskad.services.publishing import publish
from tests.support.paths import ROOT
from tests.support.rules import at_ease, with_journeys
from tests.support.shipped import CACHE
from tests.support.stack import OpenStack, Stack, running_stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WIN_BACK = """
leave: [{when: order_completed}]
steps:
  - {send: how_was_it}
  - wait: {until: 120d after customer.last_order.at}
  - {send: how_was_it, name: second}
  - wait: {until: 180d after customer.last_order.at}
  - {send: how_was_it, name: third}
"""


@asynccontextmanager
async def shipped(name: str, url: str, folder: Path) -> AsyncIterator[Stack]:
    """A stack with that journey of the gallery alone, at ease; no quiet hours and no caps."""
    root = folder / "shop"
    for part in ("configs", "templates"):
        shutil.copytree(ROOT / part, root / part)
    if not (root / "configs" / "journeys" / f"{name}.yaml").exists():
        gallery.plan_copy(name, root).write()
    draft = loading.load_project(root, CACHE)
    async with running_stack(url, folder, edit=with_journeys()) as stack:
        only = {name: at_ease(draft.project.journeys[name])}
        update = {"journeys": only, "providers": stack.project.providers, "policy": Policy()}
        stack.project = draft.project.model_copy(update=update)
        await publish.publish(stack.runtime, stack.project, draft.compiled)
        for user in ("anna", "boris"):
            await stack.person(user, "email", "push", birthday="1990-03-04")
        yield stack


async def messages(stack: Stack) -> list[tuple[str, str]]:
    """(user, message) of all that was sent, in order; however many channels it took."""
    rows = await stack.rows(
        """SELECT i.value AS user, m.message FROM message m JOIN identity i USING (customer_id)
            WHERE i.kind = 'user_id' AND m.status = 'sent'
            GROUP BY i.value, m.message, m.enrollment_id ORDER BY min(m.sent_at), i.value"""
    )
    return [(row["user"], row["message"]) for row in rows]


async def test_browse_abandonment(database_url: str, tmp_path: Path) -> None:
    async with shipped("browse_abandonment", database_url, tmp_path) as stack:
        await stack.stock("tea", 5)
        for user, times in (("anna", 2), ("boris", 1)):
            for _ in range(times):
                await stack.track(user, "product_viewed", product_id="tea", name="Tea", price=100)
        await stack.at(3 * HOUR)
        await stack.run("browse_abandonment")
        assert await messages(stack) == [("anna", "you_looked_at")]


async def test_price_drop(database_url: str, tmp_path: Path) -> None:
    async with shipped("price_drop", database_url, tmp_path) as stack:
        await stack.stock("tea", 5)
        await stack.track("w", "product_updated", product_id="tea", name="Tea", price=1000)
        await stack.track("anna", "product_liked", product_id="tea", price=1000)
        await stack.track("boris", "product_liked", product_id="tea", price=700)
        await stack.at(HOUR)
        await stack.track("w", "product_updated", product_id="tea", price=800)
        await stack.run("price_drop")
        assert await messages(stack) == [("anna", "price_drop")]


async def test_time_to_refill(database_url: str, tmp_path: Path) -> None:
    async with shipped("time_to_refill", database_url, tmp_path) as stack:
        for product, days in (("tea", 30), ("soap", 60), ("cup", None)):
            await stack.stock(product, 5)
            await stack.track("w", "product_updated", product_id=product, name=product, price=5, refill_days=days)
        items = [{"product_id": product} for product in ("tea", "soap", "cup")]
        await stack.track("anna", "order_delivered", order_id="o1", delivered_at=stack.now.isoformat(), products=items)
        sent = []
        for _ in range(65):
            await stack.run("time_to_refill")
            sent.append(len(await messages(stack)))
            await stack.at(DAY)
        assert (sent[29], sent[33], sent[59], sent[-1]) == (0, 1, 1, 2)


async def test_win_back(tmp_path: Path, open_stack: OpenStack) -> None:
    """90, 120 and 180 days after the last order; with a message of the shop's own, since the gallery's carry codes."""
    segments = (ROOT / "configs" / "segments.yaml").read_text()
    enter = "{segment: silent_90_days, again_after: 365d}"
    edit = written(tmp_path, segments=segments, win_back=enter, more=WIN_BACK)
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email")
    await stack.person("boris", "email")
    await stack.track("anna", "order_completed", order_id="o1", at=stack.now - 89 * DAY)
    for _ in range(100):
        await stack.run("win_back")
        await stack.at(DAY)
    rows = await stack.rows("SELECT m.sent_at::date::text AS day FROM message m ORDER BY m.sent_at")
    assert [row["day"] for row in rows] == ["2027-03-04", "2027-04-02", "2027-06-01"]


async def test_birthday(database_url: str, tmp_path: Path) -> None:
    async with shipped("birthday", database_url, tmp_path) as stack:
        for _ in range(60):
            await stack.run("birthday")
            await stack.at(HOUR)
        assert await messages(stack) == [("anna", "happy_birthday"), ("boris", "happy_birthday")]
        (row,) = await stack.rows("SELECT DISTINCT entered_at FROM enrollment")
        assert row["entered_at"] == datetime(2027, 3, 4, 7, 0, tzinfo=UTC)


async def test_points_expire(database_url: str, tmp_path: Path) -> None:
    async with shipped("points_expire", database_url, tmp_path) as stack:
        for user, amount in (("anna", 100), ("boris", 99)):
            expiry = {"at": "2027-03-11T23:59:59+03:00", "amount": amount}
            await stack.identify(user, points={"next_expiry": expiry})
        for _ in range(60):
            await stack.run("points_expire")
            await stack.at(HOUR)
        assert await messages(stack) == [("anna", "points_expire")]


@pytest.mark.parametrize(("kind", "people"), [("shop", ["anna"]), ("park", [])])
async def test_near_the_shop(kind: str, people: list[str], database_url: str, tmp_path: Path) -> None:
    async with shipped("near_the_shop", database_url, tmp_path) as stack:
        await stack.track("anna", "Area Entered", area={"id": "s1", "kind": kind})
        assert await at_the_door(stack, "near_the_shop") == people
        await stack.run("near_the_shop")
        assert await messages(stack) == [(user, "near_the_shop") for user in people]


async def test_order_status(database_url: str, tmp_path: Path) -> None:
    async with shipped("order_status", database_url, tmp_path) as stack:
        for status in ("paid", "packed", "shipped"):
            await stack.track("anna", "order_status_changed", order_id="o1", status=status)
            await stack.run("order_status")
            await stack.at(timedelta(minutes=1))
        sent = [message for _, message in await messages(stack)]
        assert sent == ["order_paid", "order_shipped"]
        assert await scan_entrances(stack) == 0
