"""Closed addresses are stored by a keyed hash, hold for everybody who has them, and outlive the customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.domain.channel import Channel, Receipt, ReceiptKind, Refused
from kaskad.domain.errors import Rejected, WrongSuppressionKey
from kaskad.runtime import Runtime
from kaskad.services import health
from kaskad.services.delivery import unknowns
from kaskad.services.ingestion import receipts
from kaskad.services.operations import suppressions
from tests.support.delivering import watched, worker
from tests.support.mailboxes import SHARED, outcomes, queue_for, sharing
from tests.support.stack import OpenStack, Stack
from tests.support.stopping_by import ALL, click, complain, enter, last, to

pytestmark = pytest.mark.anyio
MAIL = Channel.EMAIL
GONE = Refused("550 no such user here", address_dead=True)
DAY = timedelta(days=1)


async def dead_by_the_answer(stack: Stack) -> None:
    await queue_for(stack, "must", "anna")

    async def refuse(*_: object) -> Refused:
        return GONE

    assert (await worker(stack, watched(stack, "email", before=refuse)).deliver(MAIL, "must")).outcomes == {"failed": 1}


async def dead_by_a_bounce(stack: Stack) -> None:
    await enter(stack, "must", "anna")
    bounced = Receipt(await last(stack, "must"), ReceiptKind.FAILED, stack.now, address_dead=True)
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_email", [bounced])


async def dead_by_a_look_up(stack: Stack) -> None:
    await enter(stack, "must", "anna")
    await stack.rows(
        "UPDATE message SET status = 'unknown', unknown_since = sending_at, ask_at = sending_at, sent_at = NULL"
    )
    provider = stack.runtime.providers["sandbox_email"]

    async def gone(_: object) -> Refused:
        return GONE

    provider.get_delivery_status = gone  # type: ignore[method-assign]
    assert (await unknowns.resolve_due(stack.runtime)).outcomes == {"failed": 1}


@pytest.mark.parametrize("die", [dead_by_the_answer, dead_by_a_bounce, dead_by_a_look_up])
async def test_an_address_that_does_not_work_is_closed_for_everybody_who_has_it(
    die: Any, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna")
    await sharing(stack, "olga", email="Shared@Example.com")
    await sharing(stack, "clara", email="clara@example.com")
    await die(stack)
    before = len(to(stack))
    await sharing(stack, "dora", email=" shared@example.com")
    for journey in ("must", "asked", "sells"):
        await enter(stack, journey, "olga", "dora")
        assert {row["reason"] for row in await _dropped(stack, journey)} - {"exhausted"} == {"address_dead"}
    await enter(stack, "must", "clara")
    assert to(stack)[before:] == ["clara@example.com"]


async def _dropped(stack: Stack, journey: str) -> list[dict[str, Any]]:
    return await stack.rows(
        "SELECT reason FROM decision WHERE journey = %(journey)s AND kind = 'dropped'", journey=journey
    )


async def test_no_address_is_stored_in_plain_and_it_outlives_the_customer(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna", "olga")
    await enter(stack, "sells", "anna")
    await enter(stack, "must", "anna")
    await complain(stack, "must")
    no = {"type": "track", "event": "consent_withdrawn", "properties": {"email": SHARED, "channel": "email"}}
    await stack.post("site", [stack.call(no, "anna", "no", None)])
    for table in ("contact", "address", "identity", "consent", "message", "event", "enrollment"):
        await stack.rows(f"DELETE FROM {table}")  # as if they were forgotten
    for table in ("suppression", "refused_address", "address_touch"):
        rows = await stack.rows(f"SELECT t::text AS row FROM {table} t")
        assert rows, table
        assert "shared" not in str(rows).lower(), table
    await sharing(stack, "boris", email="shared@EXAMPLE.com")
    for journey in ("must", "sells"):
        await enter(stack, journey, "boris")
        assert {row["reason"] for row in await _dropped(stack, journey)} & {"suppressed", "no_consent"}
    assert to(stack) == [SHARED] * 2


async def test_whoever_gets_an_unsubscribed_address_later_is_unsubscribed(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna")
    await enter(stack, "sells", "anna")
    for user in ("olga", "clara"):
        await stack.track(user, "consent_given", purpose="marketing", channel="email")
    await stack.at(DAY)
    await click(stack, "sells")
    await stack.at(DAY)
    await stack.identify("olga", email="SHARED@example.com")
    await stack.identify("clara", email="clara@example.com")
    await enter(stack, "sells", "olga", "clara")
    assert to(stack) == [SHARED, "clara@example.com"]
    await stack.track("olga", "consent_given", purpose="marketing", channel="email", topic="carts")
    await stack.at(DAY)
    await enter(stack, "sells", "olga")
    assert len(to(stack)) > 2, "whoever grants it again gets it again"


PLAIN = """INSERT INTO suppression (channel, address, journey, reason, source, at) VALUES
    ('email', 'shared@example.com', '', 'complained', 'old', '2027-01-01 UTC'),
    ('email', 'anna@example.com', 'must', 'unsubscribed', 'old', '2027-01-01 UTC')"""
REFUSED = """INSERT INTO refused_address VALUES
    ('email', 'olga@example.com', 'marketing', 'email', '', 'old', 'm', '2027-01-01 UTC')"""


async def test_what_an_earlier_version_stored_in_plain_holds_before_and_after_it_is_hashed(
    open_stack: OpenStack,
) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna", email="Anna@example.com")
    await sharing(stack, "boris")
    await stack.rows(PLAIN)
    await stack.rows(REFUSED)
    await enter(stack, "must", "anna", "boris")
    await suppressions.prepare(stack.runtime)
    await enter(stack, "must", "anna", "boris")
    assert to(stack) == []
    await stack.track("olga", "consent_given", purpose="marketing", at=stack.now - 90 * DAY)
    await stack.identify("olga", email="Olga@example.com")
    await enter(stack, "sells", "olga")
    assert to(stack) == []
    for table in ("suppression", "refused_address"):
        assert all(row["address"].startswith("#") for row in await stack.rows(f"SELECT address FROM {table}"))
    await suppressions.prepare(stack.runtime)
    assert len(await stack.rows("SELECT 1 FROM suppression")) == 2, "twice is the same as once"


async def test_of_plain_and_hashed_each_reason_stays(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "boris")
    await dead_by_the_answer_of(stack, "boris")
    await stack.rows(PLAIN)
    await suppressions.prepare(stack.runtime)
    rows = await suppressions.list_suppressions(stack.runtime, address=SHARED, limit=9)
    assert [(row.reason, row.source) for row in rows] == [("address_dead", "sandbox_email"), ("complained", "old")]


async def dead_by_the_answer_of(stack: Stack, user: str) -> None:
    await queue_for(stack, "must", user)

    async def refuse(*_: object) -> Refused:
        return GONE

    await worker(stack, watched(stack, "email", before=refuse)).deliver(MAIL, "must")


def with_another_key(stack: Stack) -> Runtime:
    """A process of the same installation that has lost the key."""
    settings = replace(
        stack.runtime.settings, environment={"KASKAD_SUPPRESSION_KEY": "another key, made anew by somebody"}
    )
    return replace(stack.runtime, settings=settings)


async def test_without_the_key_nothing_is_sent_and_no_address_is_taken(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna")
    other = with_another_key(stack)
    await queue_for(stack, "must", "anna")
    with pytest.raises(WrongSuppressionKey, match="suppression-key"):
        await worker(stack, address_hasher=other.address_hasher).deliver(MAIL, "must")
    assert await outcomes(stack, "must") == [("queued", None)]
    with pytest.raises(WrongSuppressionKey):
        await suppressions.prepare(other)
    mine, stack.runtime = stack.runtime, other
    with pytest.raises(WrongSuppressionKey):
        await stack.identify("olga", email="olga@example.com")
    assert await stack.rows("SELECT 1 FROM identity WHERE value = 'olga'") == []
    await stack.track("olga", "app_opened")
    stack.runtime = mine
    await stack.run("must")
    assert to(stack) == [SHARED]


async def test_health_says_that_the_key_is_another(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna")
    check = health.HealthCheck(with_another_key(stack), gateway=None)  # type: ignore[arg-type]  # nobody asks it
    async with stack.runtime.database.transaction() as connection:
        (problem, *_), _ = await check.here(connection)
    assert problem.code == "suppression_key"
    assert "nothing is sent" in problem.detail


@pytest.mark.parametrize("key", ["", " ", "short"])
def test_a_key_that_anybody_can_guess_is_none(key: str) -> None:
    with pytest.raises(Rejected, match="shorter"):
        AddressHasher(key)


def test_the_hash_tells_channels_apart_and_depends_on_the_key() -> None:
    one, other = AddressHasher("k" * 32), AddressHasher("l" * 32)
    hashes = [one.hash("sms", "79160000005"), one.hash("viber", "79160000005"), other.hash("sms", "79160000005")]
    assert len({*hashes, one.fingerprint}) == 4
    assert one.hash("sms", "79160000005") == AddressHasher("k" * 32 + "\n").hash("sms", "79160000005")
