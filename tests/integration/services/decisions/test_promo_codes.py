"""One code for each entry, the same wherever it is said; never the same one for two people."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.operations import alerts
from kaskad.services.publishing.promo_codes import list_promos
from kaskad.storage.delivery import promo_codes
from kaskad.storage.delivery.promo_codes import CodeRace, CodeRequest
from tests.support.delivering import WatchedRenderer, lease_ran_out, worker
from tests.support.offers import (
    CODE,
    OFFER,
    WITHOUT,
    by,
    given,
    load,
    message,
    numbered,
    offering,
    promo,
    publish_offers,
    said,
    viewers,
)
from tests.support.rules import send, wait
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
FIRST = message("offer", OFFER, CODE)


class Died(Exception):
    """The worker is gone."""


async def test_the_same_code_on_every_rung_and_step(stack: Stack) -> None:
    offers = offering(send("offer"), wait(3600), send("again"), cascade=by("push", "sms"))
    await publish_offers(stack, offers, FIRST, message("again", OFFER, CODE), codes=numbered(9))
    await viewers(stack, "kolya", channels=("push", "sms"))
    for _ in range(4):
        await stack.run("offers")
        await stack.at(timedelta(hours=2))
    assert [channel for channel, _ in stack.sent()] == ["push", "sms", "push", "sms"]
    assert set(said(stack)) == {"Code C-000 until March 9, 2027, site and store"}
    assert len(await given(stack)) == 1


async def test_two_workers_never_give_one_code_twice(stack: Stack) -> None:
    users = [f"u{number}" for number in range(24)]
    await publish_offers(stack, offering(), FIRST, codes=numbered(24))
    await viewers(stack, *users)
    two = [worker(stack).deliver(Channel.PUSH, "offers", 12) for _ in range(2)]
    assert [done.claimed for done in await asyncio.gather(*two)] == [12, 12]
    codes = [text.split()[1] for text in said(stack)]
    assert sorted(codes) == numbered(24)


async def test_codes_that_somebody_is_just_taking_are_passed_over(stack: Stack) -> None:
    await load(stack, numbered(4))
    async with stack.runtime.database.transaction() as connection:
        first = await promo_codes.assign_codes(connection, [_wanted(stack, 1), _wanted(stack, 2)], stack.now)
        async with stack.runtime.database.transaction() as other:
            second = await promo_codes.assign_codes(other, [_wanted(stack, 3), _wanted(stack, 4)], stack.now)
    assert sorted(taken.code for taken in [*first.values(), *second.values()]) == numbered(4)


async def test_codes_that_are_given_back_are_waited_for(stack: Stack) -> None:
    """The other worker held the last ones, and failed: nobody may be told that none is left."""
    await publish_offers(stack, offering(), FIRST, codes=numbered(1))
    await viewers(stack, "kolya")
    async with stack.runtime.database.transaction() as other:
        await promo_codes.assign_codes(other, [_wanted(stack, 4711)], stack.now)
        delivering = asyncio.create_task(stack.deliver("offers"))
        await asyncio.sleep(0.3)
        assert not delivering.done()
        await other.execute("ROLLBACK")
    await delivering
    assert said(stack) == ["Code C-000 until March 9, 2027, site and store"]


async def test_two_workers_at_one_entry_find_the_same_code(stack: Stack) -> None:
    await load(stack, numbered(4))
    async with stack.runtime.database.transaction() as connection:
        first = await promo_codes.assign_codes(connection, [_wanted(stack, 1)], stack.now)

        async def at_once() -> None:
            async with stack.runtime.database.transaction() as other:
                await promo_codes.assign_codes(other, [_wanted(stack, 1)], stack.now)

        race = asyncio.create_task(at_once())
        await asyncio.sleep(0.2)
    with pytest.raises(CodeRace):
        await race
    async with stack.runtime.database.transaction() as later:
        assert await promo_codes.assign_codes(later, [_wanted(stack, 1)], stack.now) == first
    assert len(await given(stack)) == 1


async def test_a_crash_leaves_the_code_with_its_entry(stack: Stack) -> None:
    async def die(*_: object) -> None:
        raise Died

    await publish_offers(stack, offering(), FIRST, codes=numbered(9))
    await viewers(stack, "kolya")
    with pytest.raises(Died):
        await worker(stack, message_renderer=WatchedRenderer(before=die)).deliver(Channel.PUSH, "offers")
    held = await given(stack)
    assert len(held) == 1
    await lease_ran_out(stack)
    await stack.run("offers")
    assert [text.split()[1] for text in said(stack)] == list(held) == list(await given(stack))


async def test_without_a_code_nothing_goes(stack: Stack) -> None:
    await publish_offers(stack, offering(), FIRST, codes=numbered(1))
    await viewers(stack, "kolya", "tolya", "olya")
    await stack.run("offers")
    assert len(said(stack)) == 1
    rows = await stack.rows("SELECT status, reason, detail FROM message WHERE status <> 'sent'")
    assert {(row["status"], row["reason"], row["detail"]) for row in rows} == {
        ("dropped", "no_code", "no code of 'cart10' is left")
    }


async def test_where_the_promo_says_so_it_goes_without_a_code(stack: Stack) -> None:
    offer = message("offer", WITHOUT, CODE)
    await publish_offers(stack, offering(), offer, promo=promo(when_empty="send"), codes=numbered(1))
    await viewers(stack, "kolya", "tolya")
    await stack.run("offers")
    assert sorted(said(stack)) == ["Code C-000", "No code"]


async def test_a_code_that_is_over_is_not_said(stack: Stack) -> None:
    offers = offering(send("offer"), wait(8 * 86_400), send("again"))
    await publish_offers(stack, offers, FIRST, message("again", OFFER, CODE), codes=numbered(9))
    await viewers(stack, "kolya")
    await stack.run("offers")
    await stack.at(timedelta(days=9))
    await stack.run("offers")
    assert len(said(stack)) == 1
    (row,) = await stack.rows("SELECT reason, detail FROM message WHERE message = 'again'")
    assert (row["reason"], row["detail"]) == (
        "no_code",
        "the customer's code of 'cart10' was good until 2027-03-09 09:00 UTC",
    )


async def test_a_promo_that_is_gone_from_the_files_gives_nothing(stack: Stack) -> None:
    await publish_offers(stack, offering(), FIRST, promo=promo(name="other"), codes=numbered(1))
    await viewers(stack, "kolya")
    await stack.run("offers")
    (row,) = await stack.rows("SELECT status, detail FROM message")
    assert (row["status"], row["detail"]) == ("dropped", "'cart10' is not in configs/promos.yaml any more")


async def test_a_test_run_takes_no_code(stack: Stack) -> None:
    by_mail = message("offer", OFFER, CODE)
    mail = {"subject": "Offer", "html": "<p>{{ code }}</p>", "text": "{{ code }}"}
    by_mail = by_mail.model_copy(update={"variants": {**by_mail.variants, Channel.EMAIL: {"": mail}}})
    await publish_offers(stack, offering(cascade=by("email")), by_mail, codes=numbered(1))
    await stack.person("kolya", "push")
    await manual_enrollment.enroll(stack.runtime, "offers", "kolya", mode=Mode.TEST)
    await stack.run("offers")
    assert [record.fields["text"].strip() for record in stack.reached] == ["CART10-TEST"]
    assert await given(stack) == {}


async def test_loading_again_changes_nothing_and_what_was_given_stays(stack: Stack) -> None:
    await publish_offers(stack, offering(), FIRST, codes=numbered(3))
    await viewers(stack, "kolya")
    await stack.run("offers")
    before = await given(stack)
    for _ in range(2):
        await load(stack, numbered(3))
    assert await _all(stack) == numbered(3)
    await load(stack, ["C-002", "D-001"])
    assert await _all(stack) == ["C-000", "C-002", "D-001"]
    assert await given(stack) == before


async def test_the_owner_is_told_once_that_codes_run_out(stack: Stack) -> None:
    few = promo(warn_below=3)
    await publish_offers(stack, offering(), FIRST, promo=few, codes=numbered(4))
    for user in ("kolya", "tolya", "olya"):
        await viewers(stack, user)
        await stack.run("offers")
    assert await alerts.send_alerts(stack.runtime) == 1
    assert await alerts.send_alerts(stack.runtime) == 0
    (letter,) = [record for record in stack.reached if record.channel is Channel.EMAIL]
    assert letter.fields["subject"] == "Promo 'cart10': 2 codes left"
    assert "Add codes to configs/codes/cart10.csv and publish" in letter.fields["text"]
    (state,) = [promo for promo in await list_promos(stack.runtime) if promo.name == "cart10"]
    assert (state.codes, state.given, state.left, state.low) == (4, 3, 1, True)

    await load(stack, numbered(7), few)
    for user in ("petya", "vasya"):
        await viewers(stack, user)
        await stack.run("offers")
    assert await alerts.send_alerts(stack.runtime) == 1


def _wanted(stack: Stack, enrollment: int) -> CodeRequest:
    return CodeRequest("cart10", enrollment, stack.now + timedelta(days=7))


async def _all(stack: Stack) -> list[str]:
    return [row["code"] for row in await stack.rows("SELECT code FROM promo_code WHERE promo = 'cart10' ORDER BY code")]
