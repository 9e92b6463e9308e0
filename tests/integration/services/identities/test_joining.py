"""Events that name two customers as one person, at the door and in the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from kaskad.services.ingestion import ingest, segment_events
from kaskad.storage.ingestion import identities as stored_identities
from tests.support.rules import CARTS, customer_of, second_connection, until_blocked
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
KOLYA = {"userId": "kolya", "anonymousId": "tablet", "traits": {"card": "77", "email": "Kolya@Customer.example"}}


def did(id_: str, event: str = "app_opened", minute: int = 0, **said: Any) -> dict[str, Any]:
    """An event of somebody, as a device or a till tells it."""
    at = (NOON + timedelta(minutes=minute)).isoformat()
    return {"type": "track", "event": event, "messageId": id_, "timestamp": at} | said


def identify(id_: str, **said: Any) -> dict[str, Any]:
    return {"type": "identify", "messageId": id_, "timestamp": NOON.isoformat()} | said


def till(**ids: Any) -> dict[str, Any]:
    return {"context": {"externalIds": [{"type": kind, "id": value} for kind, value in ids.items()]}}


async def people(stack: Stack) -> set[frozenset[str]]:
    """The identities of each person."""
    rows = await stack.rows(
        "SELECT customer_id, array_agg(kind || ':' || value) AS names FROM identity GROUP BY customer_id"
    )
    return {frozenset(row["names"]) for row in rows}


async def conflicts(stack: Stack) -> list[tuple[str, str, str]]:
    rows = await stack.rows("SELECT reason, by_value, value FROM identity_conflict ORDER BY id")
    return [(row["reason"], row["by_value"], row["value"]) for row in rows]


ORDERS = list(permutations(range(5)))


@pytest.mark.parametrize("order", [ORDERS[place] for place in (0, 25, 47, 71, 94, 119)])
async def test_site_app_and_till_make_one_person_in_every_order(order: tuple[int, ...], open_stack: OpenStack) -> None:
    """The site is believed about a card that nobody registered; of an address the call centre must say the same."""
    stack = await open_stack(edit=CARTS)
    words = (
        ("site", did("cart", "cart_viewed", anonymousId="tablet")),
        ("store", did("order", "order_completed", **till(card=77))),
        ("store", did("mail", "order_completed", **till(**{"E-Mail": "KOLYA@customer.example"}))),
        ("site", identify("login", **KOLYA)),
        ("call_centre", identify("call", userId="kolya", traits={"email": "kolya@customer.example"})),
    )
    for place in order:
        source, word = words[place]
        await stack.post(source, [word])
    assert await people(stack) == {
        frozenset({"user_id:kolya", "anonymous_id:tablet", "card:77", "email:kolya@customer.example"})
    }
    assert set(await conflicts(stack)) <= {("public", "kolya", "kolya@customer.example")}


async def test_one_batch_gives_the_same_people_as_single_events(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    batch = [
        did("m1", anonymousId="tablet"),
        did("m2", userId="kolya"),
        did("stock", "product_stock_changed", userId="kolya", properties={"product_id": "p", "stock": 3}),
        did("m3", userId="kolya", anonymousId="tablet"),
        did("m4", anonymousId="tablet"),
        did("m5", userId="anna", anonymousId="tablet"),
        did("m6", anonymousId="tablet"),
    ]
    done = await stack.post("app", batch)
    assert (done.received, done.new) == (7, 7)
    assert await people(stack) == {frozenset({"user_id:kolya"}), frozenset({"user_id:anna", "anonymous_id:tablet"})}
    of = {
        row["message_id"]: row["customer_id"] for row in await stack.rows("SELECT message_id, customer_id FROM event")
    }
    kolya = await customer_of(stack, "kolya")
    assert of["m1"] == of["m3"] == of["m4"] == of["m2"] == kolya
    assert of["m5"] == of["m6"] == await customer_of(stack, "anna") != kolya
    written = {row["message_id"]: row["xmin"] for row in await stack.rows("SELECT message_id, xmin FROM event")}
    assert written["m1"] == written["m2"] == written["m3"], "a join is stored with what came before it"
    (merged,) = await stack.rows("SELECT id, merged_into FROM customer WHERE merged_into IS NOT NULL")
    assert merged["merged_into"] == kolya
    assert await stack.rows("SELECT origin FROM event WHERE message_id = 'm1'") == [{"origin": merged["id"]}]


async def test_an_alias_joins(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.post("site", [did("m1", anonymousId="a1"), did("m2", userId="kolya")])
    alias = {"type": "alias", "messageId": "m3", "userId": "kolya", "previousId": "a1", "timestamp": NOON.isoformat()}
    await stack.post("site", [alias])
    assert await people(stack) == {frozenset({"user_id:kolya", "anonymous_id:a1"})}


@pytest.mark.parametrize(("source", "joined"), [("site", False), ("call_centre", True)])
async def test_only_a_source_that_is_not_public_joins_by_an_address(
    source: str, joined: bool, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.post("call_centre", [identify("m1", traits={"email": "kolya@customer.example", "card": "77"})])
    await stack.post("store", [did("m2", userId="kolya")])
    await stack.post(source, [identify("m3", userId="kolya", traits={"email": "kolya@customer.example"})])
    assert (len(await people(stack)) == 1) is joined
    assert await conflicts(stack) == ([] if joined else [("public", "kolya", "kolya@customer.example")])


async def test_a_claim_makes_nobody_of_the_consents_of_whom_the_till_registers(open_stack: OpenStack) -> None:
    """A stranger says that the mailbox is theirs; then the shop tells of its owner, who is new."""
    stack = await open_stack(edit=CARTS)
    await stack.post("site", [did("m1", anonymousId="stranger", **till(email="kolya@customer.example"))])
    said = identify("m2", traits={"email": "kolya@customer.example", "phone": "+79160001234"}, **till(card="77"))
    await stack.post("store", [said])
    given = did("m3", "consent_given", anonymousId="stranger", properties={"purpose": "marketing", "channel": "email"})
    await stack.post("site", [given])
    assert await people(stack) == {
        frozenset({"anonymous_id:stranger"}),
        frozenset({"card:77", "email:kolya@customer.example", "phone:79160001234"}),
    }
    rows = await stack.rows(
        """SELECT (SELECT count(*) FROM contact k WHERE k.customer_id = i.customer_id) AS contacts,
                  (SELECT count(*) FROM consent s WHERE s.customer_id = i.customer_id) AS consents
             FROM identity i WHERE value IN ('stranger', '77') ORDER BY value"""
    )
    assert [(row["contacts"], row["consents"]) for row in rows] == [(4, 0), (0, 1)]


async def test_a_stranger_takes_over_no_card_after_another(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for number in (1, 2, 3):
        await stack.post("store", [did(f"o{number}", "order_completed", **till(card=number))])
        await stack.post("site", [did(f"x{number}", anonymousId="stranger", **till(card=number))])
    await stack.post("store", [identify("c1", traits={"email": "anna@customer.example"}, **till(card=1))])
    await stack.post("store", [identify("c2", traits={"email": "boris@customer.example"}, **till(card=2))])
    rows = await stack.rows("SELECT address FROM contact WHERE channel = 'email' ORDER BY address")
    assert [row["address"] for row in rows] == ["anna@customer.example", "boris@customer.example"]
    assert await people(stack) == {
        frozenset({"anonymous_id:stranger", "card:1", "email:anna@customer.example"}),
        frozenset({"card:2", "email:boris@customer.example"}),
        frozenset({"card:3"}),
    }


async def test_a_stranger_takes_over_no_order_under_an_address(open_stack: OpenStack) -> None:
    """The till knows the mailbox, and nobody may write to it yet."""
    stack = await open_stack(edit=CARTS)
    mailbox = till(email="kolya@customer.example")
    await stack.post("store", [did("m1", "order_completed", **mailbox)])
    await stack.post("site", [did("m2", anonymousId="stranger", **mailbox)])
    await stack.post("site", [did("m3", anonymousId="stranger", userId="evil")])
    await stack.post("store", [identify("m4", userId="kolya", traits={"email": "kolya@customer.example"})])
    owners = {row["message_id"]: row["customer_id"] for row in await stack.rows("SELECT * FROM event")}
    kolya = await customer_of(stack, "kolya")
    assert owners["m1"] == owners["m4"] == kolya
    assert owners["m2"] == owners["m3"] == await customer_of(stack, "evil") != kolya
    assert ("public", "stranger", "kolya@customer.example") in await conflicts(stack)


async def test_a_flood_of_visitors_bars_no_real_browser(open_stack: OpenStack) -> None:
    """Five hundred browsers name a user's id; then the user signs in on one that the shop knows already."""
    stack = await open_stack(edit=CARTS)
    await stack.post("site", [did("own", userId="kolya", anonymousId="first")])
    flood = [did(f"f{number}", minute=1, userId="kolya", anonymousId=f"flood{number}") for number in range(499)]
    await stack.post("site", flood)
    await stack.post("site", [did("cart", "cart_viewed", 2, anonymousId="new"), did("other", anonymousId="other")])
    await stack.post("site", [did("login", "cart_viewed", 3, userId="kolya", anonymousId="new")])
    kolya = await customer_of(stack, "kolya")
    owners = {row["message_id"]: row["customer_id"] for row in await stack.rows("SELECT * FROM event")}
    assert owners["cart"] == owners["login"] == kolya != owners["other"]
    rows = await stack.rows(
        "SELECT value FROM identity WHERE customer_id = %(kolya)s AND kind <> 'user_id'", kolya=kolya
    )
    names = {row["value"] for row in rows}
    assert len(names) == 500
    assert "new" in names
    assert "first" not in names, "the oldest goes"
    assert await conflicts(stack) == []
    await stack.post("site", [did("back", minute=4, anonymousId="first")])
    await stack.post("site", [did("again", minute=5, userId="kolya", anonymousId="first")])
    owners = {row["message_id"]: row["customer_id"] for row in await stack.rows("SELECT * FROM event")}
    assert owners["back"] == kolya, "its next sign-in brings it back"


async def test_a_device_that_goes_and_comes_within_a_chunk_is_its_persons(open_stack: OpenStack) -> None:
    """What is stored is the same as if each event had come alone."""
    stack = await open_stack(edit=CARTS)
    flood = [did(f"f{number}", minute=1, userId="kolya", anonymousId=f"flood{number:03}") for number in range(500)]
    await stack.post("site", [did("own", userId="anna"), *flood])
    more = [did(f"g{number}", minute=2, userId="kolya", anonymousId=f"more{number}") for number in range(3)]
    back = did("back", minute=3, userId="anna", anonymousId="flood000")
    await stack.post("site", [*more, back, did("last", minute=4, anonymousId="flood001")])
    rows = await stack.rows("SELECT kind, value, customer_id FROM identity")
    owners = {row["value"]: row["customer_id"] for row in rows}
    assert owners["flood000"] == owners["anna"]
    assert owners["flood001"] not in {owners["anna"], owners["kolya"]}, "its row went, and it is a visitor's"
    assert "flood002" not in owners
    assert sum(owner == owners["kolya"] for owner in owners.values()) == 501


async def test_a_conflict_is_told_once_and_not_to_a_public_source(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.identify("kolya")
    await stack.post("store", [identify("m1", userId="kolya", traits={"phone": "+7 916 000-00-05"})])
    for number in (2, 3):
        said = identify(f"m{number}", anonymousId="mine", traits={"phone": "8 916 000 00 05"})
        events = segment_events.read_batch({"batch": [did("m0", userId="anna"), said]}, NOON, stack.project)
        done = await ingest.ingest(stack.runtime, "site", events)
        assert [remark.index for remark in done.conflicts] == ([1] if number == 2 else [])
    assert await conflicts(stack) == [("public", "mine", "79160000005")]


async def test_what_somebody_refused_as_a_visitor_is_theirs_when_they_sign_in(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.post(
        "site", [did("no", "consent_withdrawn", anonymousId="tablet", properties={"purpose": "marketing"})]
    )
    await stack.post("site", [did("m1", userId="kolya")])
    await stack.post("site", [identify("m2", userId="kolya", anonymousId="tablet")])
    (row,) = await stack.rows("SELECT members FROM customer WHERE merged_into IS NULL AND members IS NOT NULL")
    refused = await stack.rows("SELECT DISTINCT customer_id FROM consent WHERE NOT granted")
    assert {one["customer_id"] for one in refused} <= set(row["members"])


async def test_who_was_forgotten_never_comes_back(open_stack: OpenStack) -> None:
    from kaskad.services.operations import personal_data

    stack = await open_stack(edit=CARTS)
    await stack.post("store", [identify("m1", **KOLYA)])
    await stack.post("store", [did("m2", userId="anna"), identify("m3", userId="anna", anonymousId="mine")])
    await stack.post("site", [identify("m4", anonymousId="other", traits={"card": "77"})])
    kolya = await customer_of(stack, "kolya")
    assert len(await conflicts(stack)) == 1
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert await conflicts(stack) == []
    await stack.post("store", [identify("m5", userId="anna", traits={"card": "77"}), identify("m6", **KOLYA)])
    assert kolya not in {row["customer_id"] for row in await stack.rows("SELECT customer_id FROM identity")}
    assert (
        await stack.rows("SELECT id FROM customer WHERE merged_into = %(kolya)s OR members @> ARRAY[id]", kolya=kolya)
        == []
    )


async def test_a_plain_event_costs_one_query(open_stack: OpenStack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.post("site", [did("m1", userId="kolya", anonymousId="tablet"), did("m2", anonymousId="other")])
    asked = []

    async def load(*given: object) -> list[dict[str, Any]]:
        asked.append(given)
        return []

    monkeypatch.setattr(stored_identities, "load_persons", load)
    batch = [did(f"n{number}", userId="kolya", anonymousId="tablet") for number in range(3)]
    await stack.post("site", [*batch, did("n4", anonymousId="other"), did("n5", anonymousId="new", userId="new")])
    assert asked == []


async def test_what_changed_before_the_lock_is_read_again(open_stack: OpenStack) -> None:
    """The tablet went over to Boris while the event of Anna waited for the lock."""
    stack = await open_stack(edit=CARTS)
    await stack.post("store", [did("m1", userId="anna"), did("m2", userId="boris"), did("m3", anonymousId="tablet")])
    boris = await customer_of(stack, "boris")
    async with second_connection(stack) as other:
        await other.execute("SELECT FROM customer ORDER BY id FOR NO KEY UPDATE")
        waiting = asyncio.create_task(stack.post("store", [did("m4", minute=0, userId="anna", anonymousId="tablet")]))
        await until_blocked(stack, waiting)
        await other.execute("UPDATE identity SET customer_id = %s WHERE value = 'tablet'", [boris])
        await other.commit()
        await waiting
    assert await people(stack) == {frozenset({"user_id:boris"}), frozenset({"user_id:anna", "anonymous_id:tablet"})}
    assert await stack.rows("SELECT id FROM customer WHERE merged_into IS NOT NULL") == []


async def test_many_who_join_the_same_people_at_once_make_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    names = [till(card=number) for number in (1, 2, 3)] + [
        till(email=f"k{number}@customer.example") for number in (1, 2)
    ]
    await stack.post("store", [did(f"m{place}", **name) for place, name in enumerate(names)])
    pairs = [
        did(f"p{place}", **till(card=place % 3 + 1, email=f"k{place % 2 + 1}@customer.example")) for place in range(12)
    ]
    await asyncio.gather(*(stack.post("store", pairs[start::4]) for start in range(4)))
    assert len(await people(stack)) == 1
    assert len(await stack.rows("SELECT id FROM event WHERE starts_with(message_id, 'p')")) == 12


async def test_many_who_sign_in_at_once_are_joined_a_few_at_a_time(open_stack: OpenStack) -> None:
    """One user, sixty browsers: everybody of a chunk is locked while they are joined."""
    stack = await open_stack(edit=CARTS)
    await stack.post("app", [did(f"v{n}", anonymousId=f"browser-{n}") for n in range(60)] + [did("u", userId="kolya")])
    await stack.post("app", [did(f"s{n}", userId="kolya", anonymousId=f"browser-{n}") for n in range(60)])
    assert len(await people(stack)) == 1
    rows = await stack.rows("SELECT count(*) AS n FROM event WHERE message_id LIKE 's%%' GROUP BY xmin ORDER BY n")
    assert [row["n"] for row in rows] == [10, 25, 25]
    assert await stack.rows(
        "SELECT cardinality(members) AS n FROM customer WHERE members NOTNULL AND merged_into IS NULL"
    ) == [{"n": 61}]
