"""Whose the events of a script are, before the first of them happens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.identities.people import Speaker
from kaskad.domain.identities.rules import Identity
from kaskad.services.identities import introducing
from tests.support.rules import CARTS
from tests.support.stack import NOON, OpenStack

pytestmark = pytest.mark.anyio
ANNA, BORIS, TABLET, CARD = ("user_id", "anna"), ("user_id", "boris"), ("anonymous_id", "tablet"), ("card", "7")
MADE_UP, PREVIOUS = ("anonymous_id", "a1"), ("previous_id", "a1")


async def test_who_turns_out_to_be_one_is_one_from_the_start(
    open_stack: OpenStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introducing, "AT_ONCE", 2)
    stack = await open_stack(edit=CARTS)
    words: list[tuple[Identity, ...]] = [
        *((TABLET,), (CARD,), (ANNA, TABLET), (ANNA, CARD), (BORIS, TABLET), (TABLET,)),
        *((MADE_UP,), (BORIS, PREVIOUS), (MADE_UP,)),
    ]
    told = [Speaker(named, "store", f"m{n}", NOON + timedelta(minutes=n)) for n, named in enumerate(words)]
    async with stack.runtime.database.transaction() as connection:
        owners = await introducing.introduce(connection, told, stack.project, now=NOON)
    anna, boris = owners[2], owners[4]
    assert owners == [anna, anna, anna, anna, boris, boris, boris, boris, boris]
    rows = await stack.rows("SELECT kind, value, customer_id FROM identity")
    held = {(row["kind"], row["value"]): row["customer_id"] for row in rows}
    assert held == {ANNA: anna, TABLET: anna, CARD: anna, BORIS: boris, MADE_UP: boris}, "at first it is Anna's"
    assert len(await stack.rows("SELECT id FROM customer")) == 2
