"""What closed an address is lifted by whoever may lift it: the address itself, or an operator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.domain.errors import NotFound, Rejected
from kaskad.services.ingestion import receipts
from kaskad.services.operations import suppressions
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import refused_addresses
from kaskad.storage.people import addresses
from tests.support.mailboxes import SHARED, sharing
from tests.support.stack import OpenStack, Stack
from tests.support.stopping_by import ALL, click, complain, enter, last, to

pytestmark = pytest.mark.anyio
MAIL = Channel.EMAIL
DAY = timedelta(days=1)
ADDRESS = (MAIL, SHARED)


async def dead_by_a_bounce(stack: Stack) -> None:
    await enter(stack, "must", "anna")
    bounced = Receipt(await last(stack, "must"), ReceiptKind.FAILED, stack.now, address_dead=True)
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_email", [bounced])


async def close(stack: Stack, *reasons: str) -> None:
    """Closes the shared mailbox to everything, for these reasons one after the other."""
    async with stack.runtime.database.transaction() as connection:
        await addresses.lock_addresses(connection, stack.runtime.address_hasher, [ADDRESS])
        for minute, reason in enumerate(reasons):
            at = (stack.now + timedelta(minutes=minute)).isoformat()
            row = {"channel": MAIL, "address": SHARED, "journey": "", "reason": reason, "source": "site", "at": at}
            await write_rows(connection, "write_suppressions", [row])


async def still_closed(stack: Stack) -> list[str]:
    return [row.reason for row in await suppressions.list_suppressions(stack.runtime, address=SHARED, limit=9)]


@pytest.mark.parametrize("reasons", [("unsubscribed", "complained"), ("complained", "unsubscribed")])
async def test_what_lifts_one_reason_leaves_the_others(reasons: tuple[str, str], open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await close(stack, *reasons)
    async with stack.runtime.database.transaction() as connection:
        await addresses.lock_addresses(connection, stack.runtime.address_hasher, [ADDRESS])
        await refused_addresses.lift_unsubscribed(connection, ADDRESS, stack.now + DAY)
    assert await still_closed(stack) == ["complained"]
    await close(stack, *reasons, "address_dead")
    await suppressions.lift(stack.runtime, MAIL, SHARED, by="vera", why="it was a mistake of ours")
    assert await still_closed(stack) == ["unsubscribed"], "only the address itself takes that back"


@pytest.mark.parametrize("close", ["complaint", "bounce"])
async def test_an_operator_opens_it_again_and_that_is_kept(close: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna")
    await sharing(stack, "olga", email="Shared@example.com")
    if close == "bounce":
        await dead_by_a_bounce(stack)
    else:
        await enter(stack, "must", "anna")
        await complain(stack, "must")
    (lifted,) = await suppressions.lift(stack.runtime, MAIL, " SHARED@example.com", by="vera", why="it works again")
    await enter(stack, "must", "olga")
    await enter(stack, "asked", "anna")
    assert len(to(stack)) == 3
    (kept,) = await stack.rows("SELECT reason, source, lifted_at, lifted_by, why FROM suppression_lift")
    assert kept == {
        "reason": lifted.reason,
        "source": lifted.source,
        "lifted_at": stack.now,
        "lifted_by": "vera",
        "why": "it works again",
    }
    with pytest.raises(NotFound):
        await suppressions.lift(stack.runtime, MAIL, SHARED, by="vera", why="again")


async def test_of_an_address_in_all_channels_the_latest_are_shown(open_stack: OpenStack) -> None:
    stack = await open_stack()
    rows = [(channel, minute) for minute, channel in enumerate(("call", "viber", "sms", "call", "sms"))]
    for channel, minute in rows:
        hashed = stack.runtime.address_hasher.hash(channel, str(address_key(channel, "+79160000005")))
        await stack.rows(
            "INSERT INTO suppression VALUES (%(channel)s, %(hash)s, %(journey)s, 'complained', 'x', %(at)s)",
            channel=channel,
            hash=hashed,
            journey=f"j{minute}",
            at=stack.now + timedelta(minutes=minute),
        )
    for limit in (1, 3, 9):
        found = await suppressions.list_suppressions(stack.runtime, address="+79160000005", limit=limit)
        assert [(row.channel, row.journey) for row in found] == [
            (channel, f"j{minute}") for channel, minute in rows[::-1][:limit]
        ]


async def test_what_somebody_unsubscribed_from_no_operator_lifts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna")
    await enter(stack, "asked", "anna")
    await click(stack, "asked")
    with pytest.raises(NotFound):
        await suppressions.lift(stack.runtime, MAIL, SHARED, by="vera", why="we would like to")
    (closed,) = await suppressions.list_suppressions(stack.runtime, limit=9)
    assert (closed.journey, closed.reason) == ("asked", "unsubscribed")


@pytest.mark.parametrize("say_no", [click, complain])
async def test_what_was_unsubscribed_is_lifted_by_a_grant_of_the_address_and_no_complaint_is(
    say_no: Any, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna")
    await enter(stack, "sells", "anna")
    await enter(stack, "asked", "anna")
    for journey in ("asked", "sells"):
        await say_no(stack, journey)
    await stack.at(DAY)
    address = ("email", SHARED)
    async with stack.runtime.database.transaction() as connection:
        await addresses.lock_addresses(connection, stack.runtime.address_hasher, [address])
        await refused_addresses.lift_unsubscribed(connection, address, stack.now)
    await stack.person("boris", email=SHARED)
    await stack.at(DAY)
    await enter(stack, "asked", "boris")
    await enter(stack, "sells", "boris")
    # the second letter of the first one, and what the other asked for; the topic that was left stays left
    assert len(to(stack)) == (4 if say_no is click else 2)


@pytest.mark.parametrize(
    ("channel", "address", "why"), [("sms", "112", "x"), ("email", "", "x"), ("email", SHARED, " ")]
)
async def test_what_cannot_be_lifted_is_said(channel: str, address: str, why: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    with pytest.raises(Rejected):
        await suppressions.lift(stack.runtime, channel, address, by="vera", why=why)
