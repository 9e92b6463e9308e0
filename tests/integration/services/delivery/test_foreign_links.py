"""What anybody tells of a product or of themselves leads no customer elsewhere; the message says what was left out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.rules import CARTS
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("channel", ["push", "email"])
async def test_a_forged_link_reaches_nobody(open_stack: OpenStack, channel: str) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.person("kolya", channel, lastName="https://evil.example/last")
    await stack.stock("pepperoni", 5)
    forged = {"url": "https://evil.example/p", "image_url": "http://shop.example/i.png"}
    line = {"product_id": "pepperoni", "price": 1500, "quantity": 1, "cart_id": "k1"}
    await stack.track("kolya", "Product Added", name="Pepperoni www.evil.example", **line, **forged)
    await stack.at(timedelta(hours=1))
    await stack.run("abandoned_cart")
    (record,) = stack.reached
    assert "evil" not in str(record)
    (row,) = await stack.rows("SELECT detail FROM message WHERE status = 'sent'")
    assert "does not lead to a host of the shop" in row["detail"]
