"""A source tells what it may. A public key tries the rest: nothing changes, and the answer says which event and why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.domain.permission import Permission
from tests.integration.api.front import ApiClient, event, front
from tests.support.rules import CARTS
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio
KEYS = ("site", "app", "store", "call_centre", "old_app")
WRITE_KEYS = {"KASKAD_WRITE_KEYS": ",".join(f"{source}:{source}-key" for source in KEYS)}
TABLES = ("event", "event_seen", "identity", "contact", "cart", "product", "consent", "customer", "enrollment")


def may(*permissions: str, public: bool = True) -> Callable[[Project], Project]:
    """The shipped project, where the site may tell these."""

    def edit(project: Project) -> Project:
        allowed = tuple(map(Permission, permissions))
        site = project.sources["site"].model_copy(update={"public": public, "may": allowed})
        return CARTS(project).model_copy(update={"sources": {**project.sources, "site": site}})

    return edit


@pytest.fixture
async def shop(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[ApiClient]:
    """A shop whose site may tell what the test says; behaviour, profile and consent, unless it says so."""
    permissions = getattr(request, "param", ("behaviour", "profile", "consent"))
    async with (
        running_stack(database_url, tmp_path, edit=may(*permissions)) as stack,
        front(stack, **WRITE_KEYS) as api,
    ):
        yield api


async def post(api: ApiClient, *batch: dict[str, Any], source: str = "site") -> dict[str, Any]:
    """What the batch is answered."""
    answer = await api.call("/v1/batch", {"batch": list(batch)}, key=f"{source}-key")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def identify(user: str = "kolya", context: dict[str, Any] | None = None, **traits: Any) -> dict[str, Any]:
    return event(user=user, type="identify", traits=traits, context=context or {})


async def everything(api: ApiClient) -> dict[str, list[dict[str, Any]]]:
    return {table: await api.rows(f"SELECT * FROM {table} ORDER BY {table}::text") for table in TABLES}


async def contacts(api: ApiClient, user: str = "kolya") -> dict[str, tuple[str, str]]:
    rows = await api.rows(
        "SELECT channel, address, state FROM contact JOIN identity USING (customer_id)"
        f" WHERE value = '{user}' ORDER BY channel"
    )
    return {row["channel"]: (row["address"], row["state"]) for row in rows}


NOT_ALLOWED = [
    ("catalogue_not_allowed", event("Product Updated", properties={"product_id": "pepperoni", "price": 1})),
    ("catalogue_not_allowed", event("product_stock_changed", properties={"product_id": "pepperoni", "stock": 0})),
    ("order_not_allowed", event("Order Completed", properties={"order_id": "o1", "total": 900})),
    ("order_not_allowed", event("Order Cancelled", properties={"order_id": "o1"})),
    ("order_not_allowed", event("Order Refunded", properties={"order_id": "o1"})),
    ("order_not_allowed", event("Order Paid", properties={"order_id": "o1"})),
    ("order_not_allowed", event("orderDelivered", properties={"order_id": "o1"})),
    ("receipt_not_allowed", event("Email Bounced", properties={"email": "kolya@customer.example"})),
]


async def test_a_public_key_tries_all_that_it_may_not_tell_and_nothing_changes(shop: ApiClient) -> None:
    known = {"product_id": "pepperoni", "name": "Pepperoni", "price": 590}
    await post(shop, event("Product Updated", properties=known), source="store")
    before = await everything(shop)
    answer = await post(shop, *(tried for _, tried in NOT_ALLOWED))
    assert [(said["index"], said["code"]) for said in answer["rejected"]] == [
        (place, code) for place, (code, _) in enumerate(NOT_ALLOWED)
    ]
    assert all("the source 'site' may not tell" in said["detail"] for said in answer["rejected"])
    assert await everything(shop) == before
    kept = await shop.rows("SELECT source, code, stored FROM rejected_event ORDER BY code")
    assert kept == [
        {"source": "site", "code": code, "stored": False} for code in sorted(code for code, _ in NOT_ALLOWED)
    ]
    assert await post(shop, *(tried for _, tried in NOT_ALLOWED), source="store") == {"success": True}


async def test_what_stands_beside_it_in_the_batch_is_stored(shop: ApiClient) -> None:
    order = event("Order Completed", properties={"order_id": "o1"})
    answer = await post(shop, event(messageId="a"), order, event(messageId="b"))
    assert [said["index"] for said in answer["rejected"]] == [1]
    assert await shop.events() == ["a", "b"]


@pytest.mark.parametrize("shop", [("behaviour", "orders")], indirect=True)
async def test_what_the_file_allows_a_public_source_may_tell(shop: ApiClient) -> None:
    order = event("Order Completed", messageId="o", properties={"order_id": "o1", "total": 900})
    assert await post(shop, order) == {"success": True}
    refused = (identify(firstName="Kolya"), event("Consent Given", properties={"purpose": "marketing"}))
    answer = await post(shop, *refused)
    assert [said["code"] for said in answer["rejected"]] == ["profile_not_allowed", "consent_not_allowed"]
    assert await shop.events() == ["o"]
    assert await shop.rows("SELECT * FROM consent") == [], "nothing was granted"


@pytest.mark.parametrize("shop", [("orders",)], indirect=True)
async def test_consent_can_always_be_withdrawn(shop: ApiClient) -> None:
    stays = identify(email="kolya@customer.example", firstName="Kolya")
    await post(shop, stays, event("Consent Given", properties={"purpose": "marketing"}), source="store")
    withdrawn = event("Consent Withdrawn", properties={"purpose": "marketing", "channel": "push"})
    foreign = event("Email Unsubscribed", user="kolya")
    profile = identify(email="other@customer.example", firstName="X", unsubscribed=True)
    answer = await post(shop, withdrawn, foreign, profile, event("Product Viewed"))
    assert [(said["index"], said["code"]) for said in answer["rejected"]] == [(3, "behaviour_not_allowed")]
    taken = await shop.rows("SELECT channel FROM consent WHERE NOT granted AND customer_id = 1 ORDER BY channel")
    assert {"push", "email", None} <= {row["channel"] for row in taken}, "each of the three counts"
    assert (await contacts(shop))["email"] == ("kolya@customer.example", "active"), "and no more of them"
    (row,) = await shop.rows("SELECT attributes->>'first_name' AS name FROM customer WHERE id = 1")
    assert row["name"] == "Kolya"
    told = await shop.rows("SELECT code, stored FROM rejected_event ORDER BY id")
    assert {"code": "profile_not_allowed", "stored": True} in told
    assert {"code": "behaviour_not_allowed", "stored": True} not in told, "a withdrawal is nothing that is odd"


async def test_a_public_source_changes_no_address_that_another_source_told(shop: ApiClient) -> None:
    await post(shop, identify(email="kolya@customer.example", phone="+79160000001"), source="call_centre")
    before = await contacts(shop)
    tries: list[dict[str, Any]] = [
        identify(email="thief@customer.example", firstName="Kolya"),
        identify(email=None),
        identify(phone=""),
        identify(viber="+79160000002"),
    ]
    for place, tried in enumerate(tries, start=1):
        answer = await post(shop, tried)
        ((said),) = answer["passed_over"]
        assert (said["index"], said["code"]) == (0, "contact_not_allowed")
        assert await contacts(shop) == before
        kept = await shop.rows("SELECT code, stored FROM rejected_event")
        assert kept == [{"code": "contact_not_allowed", "stored": True}] * place
    (row,) = await shop.rows("SELECT attributes->>'email' AS email, attributes->>'first_name' AS name FROM customer")
    assert row == {"email": "kolya@customer.example", "name": "Kolya"}, "the rest of the event is stored"


@pytest.mark.parametrize("number", ["8 916 000-00-02", 89160000002, "(916) 000-00-02", "tel:8-916-000-00-02"])
async def test_a_number_without_its_country_changes_no_number_that_another_source_told(
    shop: ApiClient, number: Any
) -> None:
    await post(shop, identify(phone="+79160000001"), source="call_centre")
    before = await contacts(shop)
    answer = await post(shop, identify(phone=number), identify(viber=number))
    assert [said["code"] for said in answer["passed_over"]] == ["contact_not_allowed"] * 2
    assert await contacts(shop) == before


async def test_a_number_that_is_said_again_without_its_country_is_the_known_one(shop: ApiClient) -> None:
    await post(shop, identify(phone="+79160000001"), source="call_centre")
    assert "passed_over" in await post(shop, identify(phone="8 916 000-00-01"))
    assert await shop.rows("SELECT 1 FROM rejected_event") == [], "it was to change nothing"


async def test_saying_again_what_is_known_is_answered_alike_and_told_to_nobody(shop: ApiClient) -> None:
    await post(shop, identify(email="kolya@customer.example"), source="store")
    guess = (await post(shop, identify(email="guess@customer.example")))["passed_over"]
    assert (await post(shop, identify(email=" Kolya@Customer.example")))["passed_over"] == guess, "no oracle"
    assert len(await shop.rows("SELECT 1 FROM rejected_event")) == 1
    assert await post(shop, identify(email="new@customer.example"), source="store") == {"success": True}
    await post(shop, identify(email="guess@customer.example"))
    assert (await contacts(shop))["email"] == ("new@customer.example", "active"), "it is the store's still"


async def test_a_public_source_may_tell_what_nobody_told_and_change_what_public_sources_did(shop: ApiClient) -> None:
    device = {"device": {"token": "t1", "type": "ios"}}
    assert await post(shop, identify(email="a@customer.example", context=device)) == {"success": True}
    assert await post(shop, identify(email="b@customer.example"), source="app") == {"success": True}
    assert await post(shop, identify(email=None)) == {"success": True}
    assert await contacts(shop) == {"email": ("b@customer.example", "removed"), "push": ("t1", "active")}


async def test_another_device_takes_the_place_of_none(shop: ApiClient) -> None:
    await post(shop, identify(context={"device": {"token": "t1"}}), source="call_centre")
    assert await post(shop, identify(context={"device": {"token": "t2"}}, firstName="Kolya")) == {"success": True}
    assert await shop.rows("SELECT address, state FROM device ORDER BY address") == [
        {"address": "t1", "state": "active"},
        {"address": "t2", "state": "active"},
    ]


@pytest.mark.parametrize(
    "back", [identify(push_token=None), identify(context={"device": {"token": None}})], ids=["trait", "context"]
)
async def test_a_public_source_takes_back_devices_whoever_told_them(shop: ApiClient, back: dict[str, Any]) -> None:
    """As it may withdraw: it can only end messages."""
    for token in ("t1", "t2"):
        await post(shop, identify(context={"device": {"token": token}}), source="call_centre")
    assert await post(shop, back) == {"success": True}
    assert (await contacts(shop))["push"][1] == "removed"
    await post(shop, identify(context={"device": {"token": "t1"}}), source="call_centre")
    assert (await contacts(shop))["push"] == ("t1", "active")


async def test_a_device_is_known_by_its_id_beside_an_address_that_is_passed_over(shop: ApiClient) -> None:
    await post(shop, identify(email="kolya@customer.example"), source="call_centre")
    for token in ("old", "new"):
        device = {"device": {"id": "d1", "token": token}}
        await post(shop, identify(email="thief@customer.example", context=device))
    assert await shop.rows("SELECT address, state FROM device ORDER BY address") == [
        {"address": "new", "state": "active"},
        {"address": "old", "state": "removed"},
    ], "the earlier token of that device is no more"
    await post(shop, identify(email=None, context={"device": {"id": "d1", "token": None}}))
    assert await contacts(shop) == {"email": ("kolya@customer.example", "active"), "push": ("new", "removed")}


async def test_what_another_source_took_back_is_not_brought_back(shop: ApiClient) -> None:
    for email in ("kolya@customer.example", None):
        await post(shop, identify(email=email), source="call_centre")
    assert "passed_over" in await post(shop, identify(email="kolya@customer.example"))
    assert (await contacts(shop))["email"][1] == "removed"
    assert await post(shop, identify(email="new@customer.example")) == {"success": True}
    assert (await contacts(shop))["email"] == ("new@customer.example", "active")


async def test_contacts_of_older_versions_have_the_source_of_their_event(shop: ApiClient) -> None:
    for user, source in (("kolya", "call_centre"), ("anna", "app"), ("vera", "store")):
        await post(shop, identify(user, email=f"{user}@customer.example"), source=source)
    await shop.rows("UPDATE contact SET source = NULL RETURNING 1")
    await shop.rows("DELETE FROM event WHERE source = 'store' RETURNING 1")
    answer = await post(shop, *(identify(user, email="new@customer.example") for user in ("kolya", "anna", "vera")))
    assert [said["index"] for said in answer["passed_over"]] == [0, 2], "where nobody knows, it is another source's"
    assert (await contacts(shop, "anna"))["email"] == ("new@customer.example", "active")


async def test_behaviour_of_a_public_source_overrides_nothing_of_the_catalogue(shop: ApiClient) -> None:
    told = {"product_id": "pizza", "name": "Pizza", "price": 590, "url": "https://shop.example/pizza"}
    await post(shop, event("Product Updated", properties=told), source="store")
    (before,) = await shop.rows("SELECT * FROM product")
    forged = {"product_id": "pizza", "name": "Free", "price": 1, "url": "https://evil.example/"}
    for name in ("Product Viewed", "Product Added", "Product Removed", "Checkout Started", "Products Searched"):
        await post(shop, event(name, properties=forged))
    assert await shop.rows("SELECT * FROM product") == [before]


@pytest.mark.parametrize("shop", [("orders",)], indirect=True)
async def test_a_withdrawal_beside_a_birthday_that_is_not_allowed_counts_as_well(shop: ApiClient) -> None:
    """What was told of the profile is left out, with the day that was to be computed from it."""
    said = {"birthday": "1990-03-04T22:00:00Z", "unsubscribed": True}
    answer = await post(shop, identify(**said), event("Order Completed", properties={"order_id": "o1"}))
    assert "rejected" not in answer
    assert {row["granted"] for row in await shop.rows("SELECT granted FROM consent")} == {False}
    assert len(await shop.rows("SELECT id FROM event WHERE name = 'order_completed'")) == 1


async def test_a_source_that_no_file_names_may_no_more_than_a_public_one(shop: ApiClient) -> None:
    await post(shop, identify(email="kolya@customer.example"), source="call_centre")
    for code, told in NOT_ALLOWED[:3]:
        answer = await post(shop, told, source="old_app")
        assert [remark["code"] for remark in answer["rejected"]] == [code]
    answer = await post(shop, identify(email="thief@customer.example"), source="old_app")
    assert answer["passed_over"] and (await contacts(shop))["email"] == ("kolya@customer.example", "active")
    await post(shop, identify("olga", email="olga@customer.example"), source="old_app")
    await post(shop, identify("olga", email="olga.b@customer.example"), source="old_app")
    assert (await contacts(shop, "olga"))["email"][0] == "olga.b@customer.example", "its own word it may change"


@pytest.mark.parametrize("source", ["store", "site"])
@pytest.mark.parametrize("name", ["Preferences Changed", "Left"])
async def test_no_source_speaks_in_the_name_of_the_customers_own_page(source: str, name: str, shop: ApiClient) -> None:
    await post(shop, identify(email="kolya@customer.example"), source="call_centre")
    told = event(name, user="kolya", properties={"channels_left": ["email"]})
    answer = await post(shop, told, event("Product Viewed", properties={"product_id": "p"}), source=source)
    assert [(remark["index"], remark["code"]) for remark in answer["rejected"]] == [(0, "bad_name")]
    assert {row["name"] for row in await shop.rows("SELECT name FROM event")} == {"identify", "product_viewed"}
