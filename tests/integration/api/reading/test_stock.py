"""Which store has a product, over HTTP: what nobody told is unknown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.api.front import SITE, STORE, front, refused
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio


async def test_stock_is_told_by_store_with_its_time(stack: Stack) -> None:
    told = {
        "product_id": "boots/42",
        "name": "Boots",
        "price": "7 990,50",
        "category": "boots",
        "url": "https://shop.example/b",
    }
    await stack.track("w", "product_updated", source="store", **told)
    async with front(stack) as api:
        path = "/v1/products/boots/42/stock"
        seen = (await api.admin("GET", path)).json()
        assert (seen["title"], seen["price"], seen["currency"], seen["attributes"]["category"]) == (
            *("Boots", 7990.5, "RUB", "boots"),
        )
        assert (seen["total"], seen["stores"]) == (None, []), "unknown, not zero"
        for store, units, minutes in (("s2", 0, 1), ("s1", 2.5, 2), ("s1", 9, 5)):
            at = NOON - timedelta(minutes=minutes)
            said = {"product_id": "boots/42", "store": store, "stock": units}
            await stack.track("w", "product_stock_changed", source="store", at=at, **said)
        seen = (await api.admin("GET", path)).json()
        assert seen["total"] == 2.5
        assert seen["stores"] == [
            {"store": "s1", "units": 2.5, "told_at": "2027-03-02T08:58:00Z"},
            {"store": "s2", "units": 0, "told_at": "2027-03-02T08:59:00Z"},
        ]
        (one,) = (await api.admin("GET", f"{path}?store=s3")).json()["stores"]
        assert one == {"store": "s3", "units": None, "told_at": None}
        (one,) = (await api.admin("GET", f"{path}?store=s2")).json()["stores"]
        assert one["units"] == 0


async def test_what_nobody_told_of_is_404_and_a_key_is_needed(stack: Stack) -> None:
    async with front(stack) as api:
        assert "'nothing'" in refused(await api.admin("GET", "/v1/products/nothing/stock"), 404)
        refused(await api.client.get("/v1/products/nothing/stock", auth=(STORE, "")), 401)
        refused(await api.admin("GET", "/v1/products/nothing/stock", key=SITE), 403)
        refused(await api.admin("GET", "/v1/products/x/stock", params={"store": ""}), 422)
