"""Promo codes over HTTP: good where they are good, redeemed once, and guessed by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from kaskad.domain.journeys.project import Source
from kaskad.domain.permission import Permission
from kaskad.services.publishing.promo_codes import list_promos
from tests.integration.api.front import ADMIN, APP, PROBLEM, SITE, STORE, ApiClient, front, refused
from tests.support.merging import join
from tests.support.offers import CODE, OFFER, message, offering, promo, publish_offers, viewers
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
Shop = tuple[Stack, ApiClient]
CODES = ["AbC-0 1", "Скидка-2", "C-3", "c-3", "C-4"]
IN_STORE = promo(where=("store",))


@pytest.fixture
async def shop(stack: Stack) -> AsyncIterator[Shop]:
    """Two customers have a code each that is good in the store alone; three are left."""
    await publish_offers(stack, offering(), message("offer", OFFER, CODE), promo=IN_STORE, codes=CODES)
    await stack.identify("kolya", firstName="Kolya", lastName="Ivanov")
    await viewers(stack, "kolya", "anna")
    await stack.run("offers")
    assert len(await stack.rows("SELECT 1 FROM promo_code WHERE enrollment_id IS NOT NULL")) == 2
    async with front(stack) as api:
        yield stack, api


async def given(stack: Stack, user: str = "kolya") -> str:
    """The code that this customer has."""
    (row,) = await stack.rows(
        """SELECT p.code FROM promo_code p JOIN enrollment n ON n.id = p.enrollment_id
             JOIN identity i ON i.customer_id = n.customer_id WHERE i.value = %(user)s""",
        user=user,
    )
    code: str = row["code"]
    return code


async def redeem(api: ApiClient, code: str, key: str = STORE, place: str = "store", **said: Any) -> httpx.Response:
    asked = {"place": place, "order_id": "o1"} | said
    return await api.client.post(f"/v1/promos/{code}/redeem", json=asked, auth=(key, ""))


def problem(answer: httpx.Response, status: int = 409) -> str:
    """The kind of problem, after what all kinds begin with."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    kind: str = answer.json()["type"]
    assert kind.startswith("urn:kaskad:problem:")
    return kind.removeprefix("urn:kaskad:problem:")


async def test_a_code_is_shown_with_what_may_be_said_aloud(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)
    seen = (await api.admin("GET", f"/v1/promos/{code}")).json()
    assert (seen["valid"], seen["problem"], seen["promo"], seen["where"]) == (True, None, "cart10", ["store"])
    assert (seen["given_to"], seen["redeemed"]) == ("Kolya I.", None)
    assert seen["valid_until"] == "2027-03-08T21:00:00Z" or seen["valid_until"].startswith("2027-03-09")
    there = (await api.admin("GET", f"/v1/promos/{code}", params={"place": "site"})).json()
    assert (there["valid"], there["problem"]) == (False, "promo-elsewhere")
    assert "Ivanov" not in str(seen)


@pytest.mark.parametrize("typed", ["abc-01", "ABC-0 1", " aBc–01 ", "abc\u00a0-\u200b01", "ａｂｃ－01"])
async def test_case_and_blanks_do_not_matter(shop: Shop, typed: str) -> None:
    stack, api = shop
    await stack.rows("UPDATE promo_code SET enrollment_id = NULL WHERE code <> 'AbC-0 1'")
    answer = await api.admin("GET", f"/v1/promos/{typed}")
    assert answer.status_code == 200 and answer.json()["code"] == "AbC-0 1"


async def test_letters_of_any_script_have_no_case(shop: Shop) -> None:
    _, api = shop
    assert (await api.admin("GET", "/v1/promos/СКИДКА-2")).json()["code"] == "Скидка-2"


async def test_of_codes_that_differ_in_case_alone_the_one_that_is_written_so_is_meant(shop: Shop) -> None:
    stack, api = shop
    await stack.rows("UPDATE promo_code SET enrollment_id = NULL")
    assert (await api.admin("GET", "/v1/promos/c-3")).json()["code"] == "c-3"
    assert problem(await api.admin("GET", "/v1/promos/C- 3")) == "promo-several"
    assert problem(await redeem(api, "C- 3")) == "promo-several"


async def test_good_in_the_store_alone_is_refused_on_the_site(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)
    for place in ("site", "app", "Site", "elsewhere"):
        assert problem(await redeem(api, code, place=place)) == "promo-elsewhere"
    done = await redeem(api, code, place=" Store ", store="lenina-5")
    assert done.status_code == 200 and (done.json()["place"], done.json()["store"]) == ("store", "lenina-5")


async def test_two_tills_at_one_instant_redeem_it_once(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)
    tills = [redeem(api, code, store=f"s{n % 3}", order_id=f"till-{n}") for n in range(8)]
    answers = await asyncio.gather(*tills)
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {problem(answer) for answer in answers if answer is not won[0]} == {"promo-redeemed"}
    assert len(await stack.rows("SELECT 1 FROM promo_redemption")) == 1
    assert len(await stack.rows("SELECT 1 FROM event WHERE name = 'promo_redeemed'")) == 1


async def test_a_code_whose_owner_is_not_known_any_more_is_redeemed_once_too(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)
    await stack.rows("UPDATE promo_code SET enrollment_id = 777000 WHERE code = %(code)s", code=code)
    answers = await asyncio.gather(*[redeem(api, code, order_id=f"till-{n}") for n in range(6)])
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]


async def test_a_till_that_repeats_itself_gets_the_same_answer(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)
    first, second = await asyncio.gather(*[redeem(api, code, store="s1") for _ in range(2)])
    await stack.at(timedelta(days=30))
    third = await redeem(api, code.lower(), store="s1")
    assert first.status_code == 200 and first.json() == second.json() == third.json()
    for other in ({"store": "s2"}, {"store": "s1", "order_id": "o2"}, {"store": "s1", "idempotency_key": "k"}):
        assert problem(await redeem(api, code, **other)) == "promo-redeemed"
    assert len(await stack.rows("SELECT 1 FROM event WHERE name = 'promo_redeemed'")) == 1


async def test_redeeming_is_told_as_an_event_of_the_customer(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)
    assert (await redeem(api, code, store="s1")).status_code == 200
    (told,) = await stack.rows(
        """SELECT e.source, e.properties FROM event e JOIN identity i ON i.customer_id = e.customer_id
            WHERE e.name = 'promo_redeemed' AND i.value = 'kolya'"""
    )
    assert told["source"] == "store"
    assert told["properties"] == {
        "promo": "cart10",
        "code": code,
        "place": "store",
        "store": "s1",
        "order_id": "o1",
        "journey": "offers",
    }
    (entry,) = (await api.admin("GET", "/v1/customers/kolya/timeline?kind=promo")).json()["entries"]
    assert entry["text"] == "redeemed a promo code in the store (s1)"
    seen = (await api.admin("GET", f"/v1/promos/{code}")).json()
    assert (seen["valid"], seen["problem"], seen["redeemed"]["store"]) == (False, "promo-redeemed", "s1")
    (state,) = [each for each in await list_promos(stack.runtime) if each.name == "cart10"]
    assert state.redeemed == {"store": 1}


async def test_the_code_of_a_merged_customer_is_told_of_the_person(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack, "anna")
    await join(stack, "anna", "kolya")
    assert (await redeem(api, code)).status_code == 200
    (row,) = await stack.rows(
        """SELECT i.value FROM event e JOIN identity i ON i.customer_id = e.customer_id
            WHERE e.name = 'promo_redeemed' AND i.value = 'kolya'"""
    )
    assert row["value"] == "kolya"


async def test_each_reason_is_a_problem_of_its_own(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)
    (left,) = await stack.rows("SELECT min(code) AS code FROM promo_code WHERE enrollment_id IS NULL")
    assert problem(await redeem(api, "no-such-code"), 404) == "promo-unknown"
    assert problem(await api.admin("GET", "/v1/promos/no-such-code"), 404) == "promo-unknown"
    assert problem(await redeem(api, left["code"])) == "promo-not-given"
    await stack.at(timedelta(days=8))
    assert problem(await redeem(api, code)) == "promo-expired"
    assert (await api.admin("GET", f"/v1/promos/{code}")).json()["problem"] == "promo-expired"
    await publish_offers(stack, offering(), message("offer", OFFER, CODE), promo=promo(name="other"), codes=[])
    assert problem(await redeem(api, code)) == "promo-ended"
    assert await stack.rows("SELECT 1 FROM promo_redemption") == []


async def test_without_places_a_code_is_good_everywhere(shop: Shop) -> None:
    stack, api = shop
    await publish_offers(stack, offering(), message("offer", OFFER, CODE), promo=promo(where=()))
    assert (await redeem(api, await given(stack), place="kiosk")).status_code == 200


async def test_who_may_redeem_and_who_may_look(shop: Shop) -> None:
    """A key in a page does neither; a source that may not tell orders redeems nothing."""
    stack, api = shop
    code = await given(stack)
    for key, status in ((SITE, 403), (APP, 403), (ADMIN, 403), ("nobodys", 401)):
        refused(await redeem(api, code, key=key), status)
        if key != ADMIN:
            refused(await api.admin("GET", f"/v1/promos/{code}", key=key), status)
    sources = stack.project.sources | {"store": Source(name="store", may=(Permission.BEHAVIOUR,))}
    stack.project = stack.project.model_copy(update={"sources": sources})
    await publish_offers(stack, offering(), message("offer", OFFER, CODE), promo=IN_STORE)
    refused(await redeem(api, code), 403)
    assert await stack.rows("SELECT 1 FROM promo_redemption") == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"place": "store"}, 422),
        ({"order_id": "o1"}, 422),
        ({"place": "", "order_id": "o1"}, 422),
        ({"place": "store", "order_id": "o1", "till": 7}, 422),
        ([], 422),
    ],
)
async def test_a_request_that_says_too_little_redeems_nothing(shop: Shop, asked: Any, status: int) -> None:
    stack, api = shop
    answer = await api.client.post(f"/v1/promos/{await given(stack)}/redeem", json=asked, auth=(STORE, ""))
    refused(answer, status)
    assert await stack.rows("SELECT 1 FROM promo_redemption") == []


async def test_whoever_guesses_has_to_wait_and_nobody_else(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)

    async def look(typed: str, caller: str) -> httpx.Response:
        return await api.admin("GET", f"/v1/promos/{typed}", headers={"Kaskad-Caller": caller})

    (left,) = await stack.rows("SELECT min(code) AS code FROM promo_code WHERE enrollment_id IS NULL")
    for number in range(10):
        assert (await look(f"guess-{number}" if number else left["code"], "mallory")).status_code in (200, 404)
    answer = await look(code, "mallory")
    assert refused(answer, 429) and 0 < int(answer.headers["retry-after"]) <= 600
    assert (await look(code, "kolya")).status_code == 200
    for number in range(60):
        assert (await redeem(api, f"guess-{number}")).status_code == 404
    refused(await redeem(api, code), 429)
    assert (await look(code, "kolya")).status_code == 200, "another key"


async def test_of_who_is_forgotten_only_the_place_stays(shop: Shop) -> None:
    stack, api = shop
    code = await given(stack)
    assert (await redeem(api, code, order_id="secret-order")).status_code == 200
    export = (await api.admin("GET", "/customers/kolya/export")).json()
    assert [row["order_id"] for row in export["promo_redemption"]] == ["secret-order"]
    assert (await api.admin("POST", "/v1/suppress-and-delete", json={"customer": "kolya"})).status_code == 200
    (row,) = await stack.rows("SELECT place, order_id, request FROM promo_redemption")
    assert row["place"] == "store" and row["order_id"] != "secret-order" and row["request"] == ""
    assert problem(await redeem(api, code, order_id="secret-order")) == "promo-redeemed"


@pytest.mark.parametrize("told", [True, False])
async def test_nor_does_it_where_the_entry_was_let_go_before(shop: Shop, told: bool) -> None:
    """The event names the code; without it, the customer's order names its id."""
    stack, api = shop
    code = await given(stack)
    if not told:
        await stack.rows("UPDATE promo_code SET enrollment_id = 777000 WHERE code = %(code)s", code=code)
        await stack.track("kolya", "Order Completed", source="store", order_id="secret-order", total=10)
    assert (await redeem(api, code, order_id="secret-order")).status_code == 200
    await stack.rows("UPDATE promo_code SET enrollment_id = 777000 WHERE code = %(code)s", code=code)
    assert (await api.admin("POST", "/v1/suppress-and-delete", json={"customer": "kolya"})).status_code == 200
    (row,) = await stack.rows("SELECT order_id, request FROM promo_redemption")
    assert row["order_id"] != "secret-order" and row["request"] == ""
