"""What is stored of a customer is given out and erased over HTTP, for the admin key alone."""

from __future__ import annotations

import pytest

from tests.integration.api.front import SITE, front, refused
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
FORGET, EXPORT = "/v1/suppress-and-delete", "/customers/kolya/export"


async def test_a_customer_is_given_out_and_then_forgotten(stack: Stack) -> None:
    await stack.person("kolya", "email")
    async with front(stack) as api:
        given = await api.admin("GET", EXPORT)
        assert given.json()["contact"][0]["address"] == "kolya@customer.example"
        done = await api.admin("POST", FORGET, json={"customer": "kolya"})
        assert done.status_code == 200 and done.json()["counts"]["identity"] == 2
        refused(await api.admin("GET", EXPORT), 404)
        refused(await api.admin("POST", FORGET, json={"customer": "kolya"}), 404)


async def test_only_the_admin_key_may_ask(stack: Stack) -> None:
    await stack.person("kolya", "email")
    async with front(stack) as api:
        refused(await api.admin("GET", EXPORT, key=SITE), 403)
        refused(await api.call(FORGET, {"customer": "kolya"}), 401)
        for nobody in ("", "\0", "kolya\0"):
            refused(await api.admin("POST", FORGET, json={"customer": nobody}), 422)
        refused(await api.admin("GET", "/customers/%00/export"), 422)
    assert len(await stack.rows("SELECT value FROM identity")) == 2


async def test_while_a_message_is_on_its_way_nothing_is_erased(stack: Stack) -> None:
    await stack.person("kolya", "email")
    await stack.rows(
        """INSERT INTO webhook_call (id, enrollment_id, customer_id, journey, version_id, step, webhook, status,
                                     decided_at, not_before)
           SELECT gen_random_uuid(), 1, id, 'j', 1, 's', 'w', 'sending', now(), now() FROM customer WHERE id > 0"""
    )
    async with front(stack) as api:
        answer = await api.admin("POST", FORGET, json={"customer": "kolya"})
        refused(answer, 409)
        assert answer.headers["retry-after"]
    assert len(await stack.rows("SELECT value FROM identity")) == 2


async def test_of_two_with_one_mailbox_nobody_is_erased_or_given_out(stack: Stack) -> None:
    for user in ("BA", "BB"):
        await stack.identify(user, source="call_centre", email="ba@mail.example")
    named = "email:BA@mail.example"
    async with front(stack) as api:
        for answer in (
            await api.admin("POST", FORGET, json={"customer": named}),
            await api.admin("GET", f"/customers/{named}/export"),
        ):
            assert answer.status_code == 409
            assert answer.json()["type"] == "urn:kaskad:problem:several-customers"
            assert answer.json()["candidates"] == ["user_id:BA", "user_id:BB"]
        assert len(await stack.rows("SELECT id FROM customer WHERE id > 0 AND forgotten_at IS NULL")) == 2
        done = await api.admin("POST", FORGET, json={"customer": "user_id:BB"})
        assert done.status_code == 200
        assert (await api.admin("GET", f"/customers/{named}/export")).status_code == 200, "one is left, who has it"


async def test_a_key_that_only_triggers_is_told_nobodys_ids(stack: Stack) -> None:
    for user in ("BA", "BB"):
        await stack.identify(user, source="call_centre", email="ba@mail.example")
    async with front(stack) as api:
        answer = await api.admin("POST", "/journeys/abandoned_cart/runs", json={"customer": "email:ba@mail.example"})
        assert answer.status_code == 409
    assert "candidates" not in answer.json() and "BB" not in answer.text
