"""Kolya in ten ways, over HTTP: once his ids are known to be one person, nobody writes about what he bought.

Each story's words arrive in many orders: the site, the app, the tills and the call centre do not wait for each other.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.api.front import ApiClient, front
from tests.support.rules import with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
SOURCES = ("site", "app", "store", "call_centre")
KEYS = {"KASKAD_WRITE_KEYS": ",".join(f"{name}:key-of-{name}" for name in SOURCES)}
CART, THANKS = "abandoned_cart", "thank_you"
ORDERS = 24  # orders of arrival of each story, the one in which it happened first
Word = tuple[str, dict[str, Any]]  # the source, and its call
PIZZA = [{"product_id": "pizza", "name": "Pizza", "price": 1500, "quantity": 1}]


def say(kind: str, minute: int, **said: Any) -> dict[str, Any]:
    """A call as a client writes it."""
    at = (NOON + timedelta(minutes=minute)).isoformat()
    return {"type": kind, "messageId": str(uuid4()), "timestamp": at} | said


def did(event: str, minute: int, who: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return say("track", minute, event=event, properties=properties, **who)


def known(**ids: str) -> dict[str, Any]:
    """Whom a till or a call centre names."""
    return {"context": {"externalIds": [{"type": kind, "id": value} for kind, value in ids.items()]}}


def reached(who: dict[str, Any], name: str) -> Iterator[Word]:
    """Somebody with an app that may be written to, and a cart."""
    device = {"device": {"id": f"device-{name}", "token": f"push-{name}", "type": "android"}}
    yield "app", say("identify", 0, context=device, **who)
    yield "app", did("consent_given", 0, who, purpose="marketing")
    yield "app", did("Cart Updated", 1, who, products=PIZZA)


def bought(minute: int, who: dict[str, Any], name: str) -> dict[str, Any]:
    return did("Order Completed", minute, who, order_id=f"order-{name}", total=1500, products=PIZZA)


def card(name: str) -> list[Word]:
    """(1), (2): the device tells the cart, the card buys; the app names both, before or after."""
    device = {"anonymousId": f"anon-{name}"}
    login = say("identify", 20, traits={"card": f"card-{name}"}, **device)
    return [*reached(device, name), ("store", bought(10, known(card=f"card-{name}"), name)), ("app", login)]


def phone(name: str) -> list[Word]:
    """(3): the till knows nothing but the number, and writes it in its own way.

    Everybody can say through the site that a number is theirs: the call centre must say it as well.
    """
    user, number = {"userId": f"user-{name}"}, f"{int(name) % 10**7:07}"
    login = say("identify", 20, traits={"phone": f"+7916{number}"}, **user)
    called = say("identify", 20, context=known(phone=f"+7 916 {number}")["context"], **user)
    till = bought(10, known(phone=f"8 (916) {number}"), name)
    return [*reached(user, name), ("store", till), ("site", login), ("call_centre", called)]


def email(name: str) -> list[Word]:
    """(4): the till writes the address in another case; the call centre confirms what the site says."""
    user = {"userId": f"user-{name}"}
    login = say("identify", 20, traits={"email": f"kolya.{name}@Customer.example"}, **user)
    till = known(email=f"Kolya.{name}@CUSTOMER.example")
    called = say("identify", 20, traits={"email": f"KOLYA.{name}@customer.example"}, **user)
    return [*reached(user, name), ("store", bought(10, till, name)), ("site", login), ("call_centre", called)]


def alias(name: str) -> list[Word]:
    """(5): the visitor's cart, the user's order, and an alias."""
    device, user = {"anonymousId": f"anon-{name}"}, {"userId": f"user-{name}"}
    return [
        *reached(device, name),
        ("site", bought(10, user, name)),
        ("site", say("alias", 20, previousId=device["anonymousId"], **user)),
    ]


def second_device(name: str) -> list[Word]:
    """(6): a login on a second device, which has an anonymous cart."""
    device, user = {"anonymousId": f"anon-{name}"}, {"userId": f"user-{name}"}
    return [
        *reached(device, name),
        ("store", bought(10, user, name)),
        ("app", say("identify", 20, **user, **device)),
    ]


def sent_again(name: str) -> list[Word]:
    """(9): the app sends its cart again after the purchase."""
    user = {"userId": f"user-{name}"}
    return [
        *reached(user, name),
        ("store", bought(10, known(card=f"card-{name}"), name)),
        ("store", say("identify", 12, traits={"card": f"card-{name}"}, **user)),
        ("app", did("Cart Updated", 15, user, products=PIZZA)),
    ]


def unsubscribed(name: str) -> list[Word]:
    """(10): unsubscribed under the address, the cart under the device."""
    device = {"anonymousId": f"anon-{name}"}
    mail = f"kolya.{name}@customer.example"
    return [
        *reached(device, name),
        ("call_centre", did("consent_withdrawn", 5, known(email=mail), purpose="marketing")),
        ("call_centre", say("identify", 20, traits={"email": mail}, **device)),
    ]


STORIES: tuple[tuple[Callable[[str], list[Word]], int], ...] = (  # and how often he is asked how it was
    (card, 1),
    (phone, 1),
    (email, 1),
    (alias, 1),
    (second_device, 1),
    (sent_again, 1),
    (unsubscribed, 0),
)


@pytest.fixture
async def shop(open_stack: OpenStack) -> AsyncIterator[tuple[Stack, ApiClient]]:
    """The shop with its two journeys, and the API in front of it."""
    stack = await open_stack(edit=with_journeys(keep=[CART, THANKS]))
    async with front(stack, **KEYS) as api:
        await stack.stock("pizza", 5)
        yield stack, api


async def tell(api: ApiClient, source: str, *calls: dict[str, Any]) -> None:
    """Sends the calls; none is refused."""
    answer = await api.call("/v1/batch", {"batch": list(calls)}, key=f"key-of-{source}")
    assert answer.status_code == 200, answer.text
    lost = [remark for remark in answer.json().get("rejected", ()) if not remark.get("stored")]
    assert lost == []


async def sent(stack: Stack, journey: str) -> dict[str, int]:
    """How many messages of the journey went to each address."""
    rows = await stack.rows(
        "SELECT address, count(*) AS n FROM message WHERE journey = %(journey)s AND status = 'sent' GROUP BY address",
        journey=journey,
    )
    return {row["address"]: row["n"] for row in rows}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story[0].__name__)
async def test_nobody_hears_of_what_he_bought_in_any_order(
    story: tuple[Callable[[str], list[Word]], int], shop: tuple[Stack, ApiClient]
) -> None:
    stack, api = shop
    tells, asked = story
    await stack.at(timedelta(minutes=30))
    names = [str(1000 + place) for place in range(ORDERS)]
    for place, name in enumerate(names):
        words = tells(name)
        for source, call in random.Random(place).sample(words, len(words)) if place else words:
            await tell(api, source, call)
    await stack.at(NOON + timedelta(minutes=62))
    await stack.run(CART)
    assert await sent(stack, CART) == {}
    await stack.at(NOON + timedelta(minutes=75))
    await stack.run(THANKS)
    assert sorted((await sent(stack, THANKS)).values()) == [1] * len(names) * asked
    await stack.at(NOON + timedelta(days=3, minutes=5))
    await stack.run(CART)
    await stack.run(THANKS)
    assert await sent(stack, CART) == {}
    assert sum((await sent(stack, THANKS)).values()) == len(names) * asked


async def test_two_user_ids_with_one_number_are_two_and_hear_once(shop: tuple[Stack, ApiClient]) -> None:
    """(7): the call centre's order under a second user id: nobody joins them, and the mailbox hears once."""
    stack, api = shop
    for user in ("one", "two"):
        await tell(
            api,
            "site" if user == "one" else "call_centre",
            say("identify", 0, userId=user, traits={"email": "both@customer.example", "phone": "+79161234567"}),
            did("consent_given", 0, {"userId": user}, purpose="marketing", channel="email"),
            did("Cart Updated", 1, {"userId": user}, products=PIZZA),
        )
    people = await stack.rows("SELECT customer_id FROM identity WHERE kind = 'user_id'")
    assert len({row["customer_id"] for row in people}) == 2
    await stack.at(NOON + timedelta(minutes=62))
    await stack.run(CART)
    assert await sent(stack, CART) == {"both@customer.example": 1}


@pytest.mark.parametrize("tells", [phone, email])
async def test_the_site_alone_is_enough_while_no_till_knows_the_address(
    tells: Callable[[str], list[Word]], shop: tuple[Stack, ApiClient]
) -> None:
    """(3), (4): nobody is known by it before, so what the till says later is told of whoever said so."""
    stack, api = shop
    await stack.at(timedelta(minutes=30))
    *before, till, login, _ = tells("1")
    for source, call in (*before, login, till):
        await tell(api, source, call)
    await stack.at(NOON + timedelta(minutes=62))
    await stack.run(CART)
    assert await sent(stack, CART) == {}
    await stack.at(NOON + timedelta(minutes=75))
    await stack.run(THANKS)
    assert sum((await sent(stack, THANKS)).values()) == 1


@pytest.mark.parametrize("tells", [card, phone, email, alias, second_device])
async def test_the_last_word_comes_after_the_reminder(
    tells: Callable[[str], list[Word]], shop: tuple[Stack, ApiClient]
) -> None:
    """(8): the till's order, or the login, is two hours late: what went went, and nothing follows."""
    stack, api = shop
    words = tells("1")
    for source, call in words[:3]:  # he can be written to, and has a cart
        await tell(api, source, call)
    await stack.at(NOON + timedelta(minutes=62))
    await stack.run(CART)
    before = await sent(stack, CART)
    assert sum(before.values()) == 1
    await stack.at(NOON + timedelta(minutes=130))
    for source, call in reversed(words):  # the first ones once more
        await tell(api, source, call)
    await stack.run(CART)
    await stack.at(NOON + timedelta(days=3, minutes=5))
    await stack.run(CART)
    assert await sent(stack, CART) == before
    await stack.run(THANKS)
    assert sum((await sent(stack, THANKS)).values()) <= 1
