"""`kaskad suppressions`, as people run it."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.support.commands import Shop
from tests.support.stack import running_stack
from tests.support.stopping_by import ALL, complain, enter

ANNA = "anna@customer.example"
LIFT = ("suppressions", "lift", "email", "Anna@customer.example")


@pytest.fixture
def complained(shop: Shop, database_url: str, tmp_path: Path) -> Shop:
    """The shop, where somebody complained about a letter."""

    async def work() -> None:
        async with running_stack(database_url, tmp_path / "inside", edit=ALL) as stack:
            await stack.person("anna", "email")
            await enter(stack, "must", "anna")
            await complain(stack, "must")

    anyio.run(work)
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    shop.monkeypatch.setenv("KASKAD_SUPPRESSION_KEY", (tmp_path / "inside" / "suppression-key").read_text())
    return shop


def test_closed_addresses_are_listed_by_their_hash(complained: Shop) -> None:
    (closed,) = complained.run("suppressions", "--json").document["suppressions"]
    assert (closed["channel"], closed["journey"], closed["reason"]) == ("email", None, "complained")
    assert closed["address"].startswith("#")
    said = complained.run("suppressions", "--address", " ANNA@customer.example")
    assert said.code == 0
    assert closed["address"] in said.out
    assert ANNA not in said.out
    assert "no such address" in complained.run("suppressions", "--address", "olga@customer.example").out


def test_one_is_opened_again(complained: Shop) -> None:
    said = complained.run(*LIFT, "--reason", "she called")
    assert (said.code, "complained" in said.out) == (0, True)
    assert "no address is closed" in complained.run("suppressions").out
    again = complained.run(*LIFT, "--reason", "she called")
    assert again.code == 2
    assert "no complaint" in again.err


@pytest.mark.parametrize(
    "arguments", [LIFT, (*LIFT, "--reason", " "), ("suppressions", "lift", "sms", "112", "--reason", "x")], ids=repr
)
def test_what_cannot_be_done_is_said_in_one_sentence(complained: Shop, arguments: tuple[str, ...]) -> None:
    said = complained.run(*arguments)
    assert said.code == 2
    assert "Traceback" not in said.err


def test_a_command_with_another_key_changes_nothing_and_says_what_to_do(complained: Shop) -> None:
    complained.monkeypatch.setenv("KASKAD_SUPPRESSION_KEY", "a key that somebody has made anew")
    for command in (("migrate",), (*LIFT, "--reason", "she called"), ("suppressions",)):
        said = complained.run(*command)
        assert said.code != 0
        assert "Restore" in said.err
        assert "Traceback" not in said.err
