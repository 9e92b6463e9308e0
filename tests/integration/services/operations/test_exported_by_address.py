"""An export has what names the customer by an address or an id alone, and nothing about anybody else."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.domain.errors import WrongSuppressionKey
from kaskad.services.operations import personal_data
from tests.support.personal import rejected
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
SELLS = with_journeys(event_journey("sells", "app_opened", topic="carts"))
PHONE = "+79160001234"
HIS: dict[str, Any] = {
    "by his id": {"userId": "kolya", "timestamp": "soon"},
    "by his card": {"traits": {"card": " 77 "}},
    "by his card as a number": {"traits": {"card": 77}},
    "by an id of another kind": {"context": {"externalIds": [{"id": "K-9", "type": "login"}]}},
    "by his mailbox": {"traits": {"email": "Kolya@Customer.example"}},
    "by his mailbox in a sentence": {"properties": {"comment": "My address is kolya@customer.example."}},
    "by his number": {"traits": {"phone": "8 (916) 000-12-34"}},
    "by his number with its country": {"traits": {"phone": "tel:+7-916-000-12-34"}},
    "by his number as a number": {"traits": {"phone": 9160001234}},
}
OTHERS: dict[str, Any] = {
    "a mailbox that ends so": {"traits": {"email": "nikolya@customer.example"}},
    "a mailbox that begins so": {"traits": {"email": "kolya@customer.example.org"}},
    "a mailbox with a mark": {"traits": {"email": "x+kolya@customer.example"}},
    "somebody who mentions the id": {"userId": "olga", "properties": {"friend": "kolya"}},
    "a number that is no card": {"userId": "olga", "properties": {"quantity": 77, "price": "77"}},
    "another kind": {"context": {"externalIds": [{"id": "77", "type": "login"}]}},
    "another name that ends so": {"properties": {"discount_card": 77, "referrer_user_id": "kolya"}},
    "the number of another country": {"traits": {"phone": "+1 (916) 000-12-34"}},
    "a longer number": {"traits": {"phone": "+7 916 000-12-345"}},
    "the family's mailbox": {"traits": {"email": "family@customer.example"}},
    "digits of two properties": {"properties": {"a": 91600, "b": 1234, "c": "01234"}},
}


async def kolya(stack: Stack) -> None:
    """Kolya has a card, a login, two channels and, since yesterday, no share in the family's mailbox."""
    await stack.identify("olga", email="family@customer.example")
    await stack.identify("kolya", email="family@customer.example")
    await stack.person("kolya", "email", card="77", phone=PHONE)
    call = {"type": "identify", "traits": {}, "context": {"externalIds": [{"type": "login", "id": "K-9"}]}}
    await stack.post("site", [stack.call(call, "kolya", "ids", None)])


async def test_rejected_events_of_the_customer_and_of_nobody_else(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=SELLS)
    await kolya(stack)
    for place, body in (HIS | OTHERS).items():
        await rejected(stack, body, detail=place)
    document = await personal_data.export(stack.runtime, "kolya")
    assert {row["detail"] for row in document["rejected_event"]} == set(HIS)


async def test_what_is_closed_refused_and_sent_at_the_addresses(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=SELLS)
    await stack.person("kolya", "email")
    await stack.person("olga", "email")
    for user in ("kolya", "olga"):
        await stack.track(user, "app_opened")
    await stack.run("sells")
    for user in ("kolya", "olga"):
        await stack.track(user, "Email Unsubscribed", email=f"{user}@customer.example")
        await stack.track(user, "Email Marked as Spam", email=f"{user}@customer.example")
    hashed = stack.runtime.address_hasher.hash("email", "kolya@customer.example")
    document = await personal_data.export(stack.runtime, "kolya")
    for table, column in (("suppression", "address"), ("refused_address", "address"), ("address_touch", "hash")):
        assert document[table] and {row[column] for row in document[table]} == {hashed}, table


async def test_of_a_shared_address_only_what_was_sent_to_the_customer(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=SELLS)
    for user in ("kolya", "olga"):
        await stack.person(user, email="family@customer.example")
    await stack.track("olga", "app_opened")
    await stack.run("sells")
    assert (await personal_data.export(stack.runtime, "kolya"))["address_touch"] == []
    assert len((await personal_data.export(stack.runtime, "olga"))["address_touch"]) == 1


async def test_with_another_key_nothing_is_given_out_rather_than_half_of_it(stack: Stack) -> None:
    await stack.person("kolya", "email")
    stack.runtime.__dict__["address_hasher"] = AddressHasher("another key of the shop's")
    with pytest.raises(WrongSuppressionKey):
        await personal_data.export(stack.runtime, "kolya")
