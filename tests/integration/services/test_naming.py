"""A customer is named in one way everywhere: by any id, or by an address in any spelling; and nobody guesses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kaskad.domain.errors import KaskadError, NotFound, Rejected
from kaskad.services.decisions.manual_enrollment import enroll
from kaskad.services.explaining.explain import explain
from kaskad.services.identities.splitting import split
from kaskad.services.inspect.consents import load_consents
from kaskad.services.inspect.identities import load_identities
from kaskad.services.inspect.replay import replay
from kaskad.services.naming import SeveralPeople
from kaskad.services.operations import personal_data
from kaskad.services.reading.customer import load_customer
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
Asking = Callable[[Stack, str], Awaitable[Any]]
# whatever takes the name of a customer; `forget` comes last
ASKED: dict[str, Asking] = {
    "customer": lambda stack, named: load_customer(stack.runtime, named, any_kind=True),
    "explain": lambda stack, named: explain(stack.runtime, named),
    "identities": lambda stack, named: load_identities(stack.runtime, named, limit=5),
    "consents": lambda stack, named: load_consents(stack.runtime, named),
    "replay": lambda stack, named: replay(stack.runtime, named),
    "trigger": lambda stack, named: enroll(stack.runtime, "abandoned_cart", named),
    "export": lambda stack, named: personal_data.export(stack.runtime, named),
    "split": lambda stack, named: split(stack.runtime, named, by="anna"),
    "forget": lambda stack, named: personal_data.forget(stack.runtime, named, by="anna"),
}
SHARED = ("email:ba@mail.example", "email: BA@Mail.Example", "phone:+7 916 000-09-09", "phone:8 916 000 09 09", "77")


async def two(stack: Stack) -> None:
    """Two customers with one mailbox and number, and one text that is the card of one and the badge of the other."""
    for user in ("BA", "BB"):
        await stack.track(user, "app_opened", source="call_centre")
        await stack.identify(user, source="call_centre", email="ba@mail.example", phone="+79160000909")
    for kind, user in (("card", "BA"), ("badge", "BB")):
        await stack.rows(
            "INSERT INTO identity (kind, value, customer_id) SELECT %(kind)s, '77', customer_id FROM identity"
            " WHERE kind = 'user_id' AND value = %(user)s",
            kind=kind,
            user=user,
        )


async def test_of_several_nobody_is_taken_and_their_ids_are_told(stack: Stack) -> None:
    await two(stack)
    before = await stack.rows("SELECT * FROM identity ORDER BY kind, value")
    for named in SHARED:
        for what, ask in ASKED.items():
            with pytest.raises(SeveralPeople) as raised:
                await ask(stack, named)
            expected = {"card:77", "badge:77"} if named == "77" else {"user_id:BA", "user_id:BB"}
            assert set(raised.value.candidates) == expected, (what, named)
            assert all(f"'{way}'" in str(raised.value) for way in expected)
    assert await stack.rows("SELECT * FROM identity ORDER BY kind, value") == before, "nothing was erased"


@pytest.mark.parametrize("named", ["email:Kolya@CUSTOMER.example", "phone: 8 (916) 123-45-67", "card:K2card", "K2card"])
async def test_any_spelling_names_the_customer_everywhere(stack: Stack, named: str) -> None:
    await stack.person("kolya", "email", card="K2card", phone="+7 916 123-45-67")
    await stack.person("anna", "email")
    for what, ask in ASKED.items():
        try:
            await ask(stack, named)
        except Rejected as error:
            assert what == "split" and "nobody was merged" in str(error), (what, error)
    assert [row["value"] for row in await stack.rows("SELECT value FROM identity WHERE kind = 'user_id'")] == ["anna"]


@pytest.mark.parametrize("named", ["nobody", "email:no@mail.example", "card:kolya", "email:", ":", "phone:112", "a\0b"])
async def test_whoever_is_not_known_is_said_to_be_so_everywhere(stack: Stack, named: str) -> None:
    await stack.person("kolya", "email")
    for what, ask in ASKED.items():
        with pytest.raises(KaskadError) as raised:
            await ask(stack, named)
        assert isinstance(raised.value, NotFound) and named in str(raised.value), what


async def test_of_thousands_only_some_are_named(stack: Stack) -> None:
    await stack.rows(
        """WITH made AS (INSERT INTO customer (created_at) SELECT now() FROM generate_series(1, 30) RETURNING id)
           INSERT INTO identity (kind, value, customer_id) SELECT 'kind' || id, 'same', id FROM made"""
    )
    with pytest.raises(SeveralPeople) as raised:
        await personal_data.forget(stack.runtime, "same", by="anna")
    assert len(raised.value.members["candidates"]) == 10 and "another of 30" in str(raised.value)
