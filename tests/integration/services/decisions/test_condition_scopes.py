"""In a `where`, order, product and area are those of the event that is looked at, not the entry's own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.rules import statuses
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio

INSIDE = "{segment: asked, again_after: always}"


async def views(stack: Stack) -> None:
    """Anna looked at shoes, boris at a hat; both came by a shop or a park."""
    for id_, category, price in (("s1", "shoes", 9000), ("h1", "hats", 500)):
        await stack.track("feed", "product_updated", product_id=id_, category=category, price=price)
    await stack.stock("s1", 0)
    await stack.stock("h1", 3)
    await stack.track("anna", "product_viewed", product_id="s1")
    await stack.track("boris", "product_viewed", product_id="h1")
    await stack.track("anna", "entered_area", area={"id": "a1", "kind": "shop"})
    await stack.track("boris", "entered_area", area={"id": "a2", "kind": "park"})


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("{did: product_viewed, where: [{product.category: shoes}], within: 30d}", ["anna"]),
        ("{did: product_viewed, where: [{product.price: {less_than: 1000}}]}", ["boris"]),
        ("{did: product_viewed, where: [{product.in_stock: true}]}", ["boris"]),
        ("{did: product_viewed, where: [{product.id: s1}], times: {at_least: 1}}", ["anna"]),
        ("{did: entered_area, where: [{area.kind: shop}]}", ["anna"]),
        ("{did: product_viewed, where: [{any: [{product.category: hats}, {product.id: x}]}]}", ["boris"]),
    ],
)
async def test_in_a_segment(condition: str, who: list[str], tmp_path: Path, open_stack: OpenStack) -> None:
    edit = written(tmp_path, segments=f"asked: [{condition}]", asking=INSIDE)
    stack = await open_stack(edit=edit)
    await views(stack)
    await scan_entrances(stack)
    assert await at_the_door(stack, "asking") == who


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ("leave: [{when: product_viewed, where: [{product.category: shoes}]}]", ["active", "left"]),
        ("leave: [{when: product_viewed, where: [{product.category: hats}]}]", ["left", "active"]),
        ("leave: [{when: product_viewed, where: [{product.id: event.product_id}]}]", ["left", "active"]),
    ],
)
async def test_in_a_journey_it_is_not_the_entrys_product(
    more: str, left: list[str], tmp_path: Path, open_stack: OpenStack
) -> None:
    """Both entered with the hat that they liked; then one looks at the hat, the other at shoes."""
    enter: dict[str, Any] = {"asking": "{when: product_liked, again_after: always}"}
    edit = written(tmp_path, more=f"{more}\nsteps: [{{wait: 1d}}, {{send: how_was_it}}]\n", **enter)
    stack = await open_stack(edit=edit)
    await views(stack)
    for user in ("boris", "anna"):
        await stack.track(user, "product_liked", product_id="h1")
    await stack.decide("asking")
    await stack.at(timedelta(minutes=5))
    await stack.track("boris", "product_viewed", product_id="h1")
    await stack.track("anna", "product_viewed", product_id="s1")
    await stack.decide("asking")
    assert await statuses(stack, "asking") == left
