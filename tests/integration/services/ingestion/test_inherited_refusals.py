"""What was said no to by an address counts for whoever gets it later; whoever has it hears it when it is said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.services.operations import personal_data
from tests.support.mailboxes import SHARED
from tests.support.stack import OpenStack, Stack
from tests.support.stopping_by import ALL, click, enter, to

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
AGAIN: list[dict[str, Any]] = [
    {"email": SHARED},
    {"email": "Shared@Example.COM"},
    {"email": SHARED, "phone": "+79160000001"},
]


async def withdrawn(stack: Stack, user: str) -> list[dict[str, Any]]:
    """What is withdrawn for the customer."""
    return await stack.rows(
        """SELECT DISTINCT purpose, c.channel, topic FROM consent c JOIN identity USING (customer_id)
            WHERE value = %(user)s AND NOT granted ORDER BY 1, 2, 3""",
        user=user,
    )


@pytest.mark.parametrize("said", AGAIN, ids=repr)
async def test_forgetting_one_withdraws_nothing_of_another_who_has_the_address(
    said: dict[str, Any], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=ALL)
    for user in ("anna", "olga"):
        await stack.person(user, email=SHARED)
    await stack.at(DAY)
    await personal_data.forget(stack.runtime, "anna", by="vera")
    await stack.at(DAY)
    await stack.identify("olga", **said)
    assert await withdrawn(stack, "olga") == []
    await enter(stack, "sells", "olga")
    assert [address.lower() for address in to(stack)] == [SHARED]


async def test_what_an_earlier_version_left_by_the_address_is_not_counted_against_its_holder(
    open_stack: OpenStack,
) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("olga", email=SHARED)
    await stack.rows(
        """INSERT INTO refused_address (reached_by, address, purpose, channel, topic, source, message_id, at)
           SELECT channel, hash, 'marketing', '', '', 'forget', 'forget-1', %(at)s FROM address WHERE key = %(key)s""",
        at=stack.now + DAY,
        key=SHARED,
    )
    await stack.at(2 * DAY)
    await stack.identify("olga", email=SHARED)
    assert await withdrawn(stack, "olga") == []
    await stack.identify("vera", email=SHARED)
    assert [row["purpose"] for row in await withdrawn(stack, "vera")] == ["marketing"], "to whom it is new"


async def test_whoever_gets_the_address_of_who_was_forgotten_is_not_written_to(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("anna", email=SHARED)
    await stack.person("olga", email="olga@customer.example")
    await stack.at(DAY)
    await personal_data.forget(stack.runtime, "anna", by="vera")
    await stack.at(DAY)
    await stack.identify("olga", email=SHARED)
    assert {row["purpose"] for row in await withdrawn(stack, "olga")} >= {"marketing"}
    await enter(stack, "sells", "olga")
    assert to(stack) == []


async def test_whoever_took_the_address_back_and_tells_it_again_gets_what_was_said_meanwhile(
    open_stack: OpenStack,
) -> None:
    stack = await open_stack(edit=ALL)
    for user in ("anna", "olga"):
        await stack.person(user, email=SHARED)
    await enter(stack, "sells", "anna")
    await stack.at(DAY)
    await stack.identify("olga", email=None)
    await stack.at(DAY)
    await click(stack, "sells")
    assert await withdrawn(stack, "olga") == []
    await stack.at(DAY)
    await stack.identify("olga", email=SHARED)
    assert await withdrawn(stack, "olga") == [{"purpose": "marketing", "channel": None, "topic": "carts"}]


async def test_a_late_word_about_an_address_that_was_replaced_withdraws_nothing(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("anna", email=SHARED)
    await enter(stack, "sells", "anna")
    await click(stack, "sells")
    before = stack.now
    await stack.at(DAY)
    await stack.person("olga", email="olga@customer.example")
    await stack.identify("olga", email=SHARED, at=before)
    assert await withdrawn(stack, "olga") == []
