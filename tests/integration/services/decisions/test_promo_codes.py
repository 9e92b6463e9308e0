"""One code for each entry, the same wherever it is said; never the same one for two people."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

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
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
FIRST = message("offer", OFFER, CODE)


class Died(Exception):
    """The worker is gone."""


async def test_the_same_code_on_every_rung_and_step(database_url: str, tmp_path: Path) -> None:
    told = offering(send("offer"), wait(3600), send("again"), cascade=by("push", "sms"))
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, told, FIRST, message("again", OFFER, CODE), codes=numbered(9))
        await viewers(home, "kolya", channels=("push", "sms"))
        for _ in range(4):
            await home.run("offers")
            await home.at(timedelta(hours=2))
        assert [channel for channel, _ in home.sent()] == ["push", "sms", "push", "sms"]
        assert set(said(home)) == {"Code C-000 until March 9, 2027, site and store"}
        assert len(await given(home)) == 1


async def test_two_workers_never_give_one_code_twice(database_url: str, tmp_path: Path) -> None:
    users = [f"u{number}" for number in range(24)]
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), FIRST, codes=numbered(24))
        await viewers(home, *users)
        two = [worker(home).deliver(Channel.PUSH, "offers", 12) for _ in range(2)]
        assert [done.claimed for done in await asyncio.gather(*two)] == [12, 12]
        codes = [text.split()[1] for text in said(home)]
        assert sorted(codes) == numbered(24)


async def test_codes_that_somebody_is_just_taking_are_passed_over(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await load(home, numbered(4))
        async with home.runtime.database.transaction() as one:
            first = await promo_codes.assign_codes(one, [_wanted(home, 1), _wanted(home, 2)], home.now)
            async with home.runtime.database.transaction() as other:
                second = await promo_codes.assign_codes(other, [_wanted(home, 3), _wanted(home, 4)], home.now)
        assert sorted(taken.code for taken in [*first.values(), *second.values()]) == numbered(4)


async def test_codes_that_are_given_back_are_waited_for(database_url: str, tmp_path: Path) -> None:
    """The other worker held the last ones, and failed: nobody may be told that none is left."""
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), FIRST, codes=numbered(1))
        await viewers(home, "kolya")
        async with home.runtime.database.transaction() as other:
            await promo_codes.assign_codes(other, [_wanted(home, 4711)], home.now)
            delivering = asyncio.create_task(home.deliver("offers"))
            await asyncio.sleep(0.3)
            assert not delivering.done()
            await other.execute("ROLLBACK")
        await delivering
        assert said(home) == ["Code C-000 until March 9, 2027, site and store"]


async def test_two_workers_at_one_entry_find_the_same_code(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await load(home, numbered(4))
        async with home.runtime.database.transaction() as one:
            first = await promo_codes.assign_codes(one, [_wanted(home, 1)], home.now)

            async def at_once() -> None:
                async with home.runtime.database.transaction() as other:
                    await promo_codes.assign_codes(other, [_wanted(home, 1)], home.now)

            race = asyncio.create_task(at_once())
            await asyncio.sleep(0.2)
        with pytest.raises(CodeRace):
            await race
        async with home.runtime.database.transaction() as later:
            assert await promo_codes.assign_codes(later, [_wanted(home, 1)], home.now) == first
        assert len(await given(home)) == 1


async def test_a_crash_leaves_the_code_with_its_entry(database_url: str, tmp_path: Path) -> None:
    async def die(*_: object) -> None:
        raise Died

    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), FIRST, codes=numbered(9))
        await viewers(home, "kolya")
        with pytest.raises(Died):
            await worker(home, message_renderer=WatchedRenderer(before=die)).deliver(Channel.PUSH, "offers")
        held = await given(home)
        assert len(held) == 1
        await lease_ran_out(home)
        await home.run("offers")
        assert [text.split()[1] for text in said(home)] == list(held) == list(await given(home))


async def test_without_a_code_nothing_goes(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), FIRST, codes=numbered(1))
        await viewers(home, "kolya", "tolya", "olya")
        await home.run("offers")
        assert len(said(home)) == 1
        rows = await home.rows("SELECT status, reason, detail FROM message WHERE status <> 'sent'")
        assert {(row["status"], row["reason"], row["detail"]) for row in rows} == {
            ("dropped", "no_code", "no code of 'cart10' is left")
        }


async def test_where_the_promo_says_so_it_goes_without_a_code(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        offer = message("offer", WITHOUT, CODE)
        await publish_offers(home, offering(), offer, promo=promo(when_empty="send"), codes=numbered(1))
        await viewers(home, "kolya", "tolya")
        await home.run("offers")
        assert sorted(said(home)) == ["Code C-000", "No code"]


async def test_a_code_that_is_over_is_not_said(database_url: str, tmp_path: Path) -> None:
    told = offering(send("offer"), wait(8 * 86_400), send("again"))
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, told, FIRST, message("again", OFFER, CODE), codes=numbered(9))
        await viewers(home, "kolya")
        await home.run("offers")
        await home.at(timedelta(days=9))
        await home.run("offers")
        assert len(said(home)) == 1
        (row,) = await home.rows("SELECT reason, detail FROM message WHERE message = 'again'")
        assert (row["reason"], row["detail"]) == (
            "no_code",
            "the customer's code of 'cart10' was good until 2027-03-09 09:00 UTC",
        )


async def test_a_promo_that_is_gone_from_the_files_gives_nothing(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), FIRST, promo=promo(name="other"), codes=numbered(1))
        await viewers(home, "kolya")
        await home.run("offers")
        (row,) = await home.rows("SELECT status, detail FROM message")
        assert (row["status"], row["detail"]) == ("dropped", "'cart10' is not in configs/promos.yaml any more")


async def test_a_test_run_takes_no_code(database_url: str, tmp_path: Path) -> None:
    by_mail = message("offer", OFFER, CODE)
    mail = {"subject": "Offer", "html": "<p>{{ code }}</p>", "text": "{{ code }}"}
    by_mail = by_mail.model_copy(update={"variants": {**by_mail.variants, Channel.EMAIL: {"": mail}}})
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(cascade=by("email")), by_mail, codes=numbered(1))
        await home.person("kolya", "push")
        await manual_enrollment.enroll(home.runtime, "offers", "kolya", mode=Mode.TEST)
        await home.run("offers")
        assert [record.fields["text"].strip() for record in home.reached] == ["CART10-TEST"]
        assert await given(home) == {}


async def test_loading_again_changes_nothing_and_what_was_given_stays(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await publish_offers(home, offering(), FIRST, codes=numbered(3))
        await viewers(home, "kolya")
        await home.run("offers")
        before = await given(home)
        for _ in range(2):
            await load(home, numbered(3))
        assert await _all(home) == numbered(3)
        await load(home, ["C-002", "D-001"])
        assert await _all(home) == ["C-000", "C-002", "D-001"]
        assert await given(home) == before


async def test_the_owner_is_told_once_that_codes_run_out(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        few = promo(warn_below=3)
        await publish_offers(home, offering(), FIRST, promo=few, codes=numbered(4))
        for user in ("kolya", "tolya", "olya"):
            await viewers(home, user)
            await home.run("offers")
        assert await alerts.send_alerts(home.runtime) == 1
        assert await alerts.send_alerts(home.runtime) == 0
        (letter,) = [record for record in home.reached if record.channel is Channel.EMAIL]
        assert letter.fields["subject"] == "Promo 'cart10': 2 codes left"
        assert "Add codes to configs/codes/cart10.csv and publish" in letter.fields["text"]
        (state,) = [one for one in await list_promos(home.runtime) if one.name == "cart10"]
        assert (state.codes, state.given, state.left, state.low) == (4, 3, 1, True)

        await load(home, numbered(7), few)
        for user in ("petya", "vasya"):
            await viewers(home, user)
            await home.run("offers")
        assert await alerts.send_alerts(home.runtime) == 1


def _wanted(home: Stack, enrollment: int) -> CodeRequest:
    return CodeRequest("cart10", enrollment, home.now + timedelta(days=7))


async def _all(home: Stack) -> list[str]:
    return [row["code"] for row in await home.rows("SELECT code FROM promo_code WHERE promo = 'cart10' ORDER BY code")]
