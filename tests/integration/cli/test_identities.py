"""`kaskad identities`, as people type it."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.support.commands import Shop
from tests.support.stack import NOON, Stack, running_stack


@pytest.fixture
def lived(shop: Shop, database_url: str, tmp_path: Path) -> Shop:
    """Anna with a card; a stranger claimed it on the site."""

    async def live() -> None:
        async with running_stack(database_url, tmp_path / "stack") as stack:
            await _live(stack)

    anyio.run(live)
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    return shop


async def _live(stack: Stack) -> None:
    said = {"type": "identify", "timestamp": NOON.isoformat()}
    await stack.post("store", [said | {"messageId": "m1", "userId": "anna", "traits": {"card": "77"}}])
    await stack.post("site", [said | {"messageId": "m2", "userId": "anna", "traits": {"email": "a@customer.example"}}])
    await stack.post("site", [said | {"messageId": "m3", "anonymousId": "mine", "traits": {"card": "77"}}])


def test_it_shows_who_somebody_is_and_what_was_not_believed(lived: Shop) -> None:
    shown = lived.run("identities", "anna")
    assert shown.code == 0
    lines = [line.split() for line in shown.out.splitlines()]
    kinds = [line[0] for line in lines if line and line[0] in ("user_id", "card", "email")]
    assert kinds == ["user_id", "card", "email"], "the strongest first"
    assert "a public source's alone" in shown.out
    document = lived.run("identities", "--conflicts", "--json").document
    assert document["customer"] is None
    (conflict,) = document["conflicts"]
    assert (conflict["by"], conflict["named"], conflict["of_user"]) == ("anonymous_id:mine", "card:77", "anna")
    assert (conflict["reason"], conflict["joined"], conflict["source"]) == ("public", False, "site")
    assert "only a public source says so" in lived.run("identities", "--conflicts").out
    assert lived.run("identities", "mine", "--json").document["conflicts"] == document["conflicts"]


def test_what_cannot_be_shown_is_said_in_one_sentence(lived: Shop) -> None:
    for arguments, said in (
        ((), "name a customer, or ask for --conflicts"),
        (("stranger",), "no customer is known as 'stranger'"),
    ):
        answer = lived.run("identities", *arguments)
        assert answer.code == 2
        assert said in answer.err
