"""Who is who: one customer for all the names that a person goes by, whoever names them at the same moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.rules import CARTS, second_connection, until_blocked
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio


def seen(id_: str, **said: Any) -> dict[str, Any]:
    """An event of somebody, as a device or a till tells it."""
    return {"type": "track", "event": "app_opened", "messageId": id_, "timestamp": NOON.isoformat()} | said


async def owners(home: Stack) -> dict[str, int]:
    """Identity → customer."""
    rows = await home.rows("SELECT kind || ':' || value AS name, customer_id FROM identity")
    return {row["name"]: row["customer_id"] for row in rows}


async def doers(home: Stack) -> dict[str, int]:
    """Event → customer."""
    return {
        row["message_id"]: row["customer_id"] for row in await home.rows("SELECT message_id, customer_id FROM event")
    }


async def test_what_a_stranger_did_is_known_when_they_sign_in(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.post("site", [seen("m1", anonymousId="phone")])
        await home.post("site", [seen("m2", anonymousId="phone", userId="anna"), seen("m3", userId="anna")])
        assert len(set((await doers(home)).values())) == 1
        assert len(set((await owners(home)).values())) == 1


async def test_a_card_is_known_by_its_number_at_the_tills(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.identify("anna", card="77")
        till = {"context": {"externalIds": [{"type": "card", "id": 77}]}}
        await home.post("store", [seen("m1", **till), seen("m2", userId="anna")])
        by = await doers(home)
        assert by["m1"] == by["m2"]


async def test_strangers_are_different_people(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        for id_, name in (("m1", {"anonymousId": "x"}), ("m2", {"userId": "x"}), ("m3", {"anonymousId": "y"})):
            await home.post("site", [seen(id_, **name)])
        assert len(set((await doers(home)).values())) == 3, "a name counts with its kind"


async def test_the_strongest_name_decides(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.post("site", [seen("m1", userId="anna"), seen("m2", anonymousId="phone")])
        await home.post("site", [seen("m3", userId="anna", anonymousId="phone")])
        by = await doers(home)
        assert by["m3"] == by["m1"] != by["m2"]


async def test_two_who_name_the_same_new_person_make_one(database_url: str, tmp_path: Path) -> None:
    """Both found nobody; the second waits for the first's name, starts again, and finds it."""
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        async with second_connection(home) as first:
            await first.execute("INSERT INTO customer (created_at) VALUES (%s)", [NOON])
            await first.execute("INSERT INTO identity VALUES ('user_id', 'anna', (SELECT max(id) FROM customer))")
            second = asyncio.create_task(home.post("site", [seen("m1", userId="anna", anonymousId="phone")]))
            await until_blocked(home, second)
            await first.commit()
            assert (await second).new == 1
        assert len(await home.rows("SELECT id FROM customer")) == 1, "who was made in vain is gone"
        assert set((await owners(home)).values()) == {(await doers(home))["m1"]}


async def test_many_at_once_make_one(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        posts = [
            home.post(source, [seen(f"{source}-{name}", userId=name) for name in order])
            for source in ("site", "app", "store")
            for order in [sorted("abcdef", reverse=source == "app")]
        ]
        assert [done.new for done in await asyncio.gather(*posts)] == [6, 6, 6]
        assert len(await home.rows("SELECT id FROM customer")) == 6
        by = await doers(home)
        assert all(by[f"site-{name}"] == by[f"app-{name}"] == by[f"store-{name}"] for name in "abcdef")
