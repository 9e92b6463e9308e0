"""`kaskad unknown` and `kaskad quarantine`, as people run them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from kaskad.services.delivery import unknowns
from tests.support.commands import Shop
from tests.support.delivering import CART, everybody, leave_carts, queue
from tests.support.outages.unknown_outcomes import LOSING
from tests.support.stack import Stack, running_stack

NOBODYS = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def inside(shop: Shop, database_url: str, tmp_path: Path) -> Callable[[Callable[[Stack], Awaitable[object]]], None]:
    """Lets something happen in a stack on the shop's database."""
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)

    def run(scenario: Callable[[Stack], Awaitable[object]]) -> None:
        async def work() -> None:
            async with running_stack(database_url, tmp_path / "inside", behaviour=LOSING, edit=everybody) as stack:
                await scenario(stack)

        anyio.run(work)

    return run


Inside = Callable[[Callable[[Stack], Awaitable[object]]], None]


async def lose_a_letter(stack: Stack) -> None:
    await queue(stack, "kolya", channels=("email",))
    await stack.run(CART)
    await unknowns.resolve_due(stack.runtime)


async def set_aside(stack: Stack) -> None:
    await leave_carts(stack, "kolya", "tolya")
    await stack.rows("UPDATE enrollment SET step = 'send:no_such_step', status = 'active'")
    for _ in range(3):
        await stack.decide(CART)
        await stack.at(timedelta(minutes=30))
    await stack.rows("UPDATE enrollment SET step = NULL")


def test_unknowns_are_listed_with_what_was_tried(shop: Shop, inside: Inside) -> None:
    inside(lose_a_letter)
    (unknown,) = shop.run("unknown", "--json").document["unknown"]
    assert (unknown["customer"], unknown["journey"], unknown["step"]) == ("kolya", CART, "send:cart_reminder")
    assert (unknown["channel"], unknown["provider"], unknown["calls"]) == ("email", "sandbox_email", 1)
    said = shop.run("unknown")
    assert said.code == 0
    assert unknown["id"] in said.out and "called once: " in said.out and "asked again from 2027-03-02" in said.out


def test_no_unknowns_no_table(shop: Shop, inside: Inside) -> None:
    inside(lambda stack: stack.tills())
    assert shop.run("unknown").out == "no message has an unknown outcome\n"
    assert shop.run("unknown", "--json").document == {"unknown": []}


@pytest.mark.parametrize("verdict", ["sent", "failed"])
def test_settling_by_hand_is_done_once(shop: Shop, inside: Inside, verdict: str) -> None:
    inside(lose_a_letter)
    (unknown,) = shop.run("unknown", "--json").document["unknown"]
    for _ in range(2):
        said = shop.run("unknown", "settle", unknown["id"], f"--{verdict}", "--json")
        assert said.document == {"message": unknown["id"], "status": verdict}
    assert shop.run("unknown", "--json").document == {"unknown": []}
    other = {"sent": "failed", "failed": "sent"}[verdict]
    said = shop.run("unknown", "settle", unknown["id"], f"--{other}")
    assert (said.code, said.err) == (2, f"kaskad: {unknown['id']} is not an unknown: it is {verdict}\n")

    async def check(stack: Stack) -> None:
        assert await stack.rows("SELECT status, settled_by FROM message WHERE settled_by IS NOT NULL") == [
            {"status": verdict, "settled_by": "hand"}
        ]

    inside(check)


def test_sent_again_by_hand(shop: Shop, inside: Inside) -> None:
    inside(lose_a_letter)
    (unknown,) = shop.run("unknown", "--json").document["unknown"]
    for _ in range(2):
        said = shop.run("unknown", "settle", unknown["id"], "--resend")
        assert (said.code, said.out) == (0, f"{unknown['id']} is decided again, and sent if it is still wanted\n")

    async def go(stack: Stack) -> None:
        await stack.at(stack.now + timedelta(hours=1))
        await stack.tills()
        assert (await stack.run(CART)).outcomes == {"unknown": 1}, "this sandbox loses everything"
        assert [record.key for record in stack.sandbox.received] == [unknown["id"]]

    inside(go)


def test_sent_again_only_while_it_is_wanted(shop: Shop, inside: Inside) -> None:
    inside(lose_a_letter)
    (unknown,) = shop.run("unknown", "--json").document["unknown"]
    inside(lambda stack: stack.rows("UPDATE enrollment SET status = 'left'"))
    said = shop.run("unknown", "settle", unknown["id"], "--resend")
    assert said.code == 2 and "cannot be sent again" in said.err and said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((NOBODYS, "--sent"), f"there is no message {NOBODYS}"),
        (("kolya", "--sent"), "'kolya' is no message's id"),
        ((NOBODYS,), "give one of --sent, --failed and --resend"),
        ((NOBODYS, "--sent", "--failed"), "give one of --sent, --failed and --resend"),
    ],
)
def test_what_cannot_be_settled_is_said_in_one_sentence(
    shop: Shop, inside: Inside, arguments: tuple[str, ...], why: str
) -> None:
    inside(lambda stack: stack.tills())
    said = shop.run("unknown", "settle", *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(f"kaskad: {why}")


def test_the_quarantine_is_listed_and_released(shop: Shop, inside: Inside) -> None:
    inside(set_aside)
    first, second = sorted(
        shop.run("quarantine", "--json").document["quarantine"], key=lambda quarantined: quarantined["customer"]
    )
    assert (first["customer"], first["journey"]) == ("kolya", CART)
    assert first["why"].startswith("KeyError in ")
    assert "tolya" in shop.run("quarantine", "--journey", "abandoned-cart").out
    assert shop.run("quarantine", "--journey", "thank_you").out == "nobody is in the quarantine\n"
    said = shop.run("quarantine", "release", str(first["id"]))
    assert (said.code, said.out) == (0, "1 customer goes on, and is due now\n")
    said = shop.run("quarantine", "release", "--journey", "abandoned-cart", "--json")
    assert said.document == {"released": [second["id"]], "refused": []}
    assert shop.run("quarantine", "--json").document == {"quarantine": []}
    again = shop.run("quarantine", "release", str(first["id"]))
    assert (again.code, again.err.count("\n")) == (2, 1)
    assert again.err.startswith(f"kaskad: no enrollment {first['id']} is in quarantine")


def test_who_came_in_anew_stays_and_it_is_said(shop: Shop, inside: Inside) -> None:
    inside(set_aside)

    async def come_in_again(stack: Stack) -> None:
        await stack.at(stack.now + timedelta(hours=4))
        await stack.cart("kolya", cart="k1", price=1700)

    inside(come_in_again)
    first, _ = sorted(
        shop.run("quarantine", "--json").document["quarantine"], key=lambda quarantined: quarantined["customer"]
    )
    said = shop.run("quarantine", "release", str(first["id"]))
    assert (said.code, said.out) == (2, "")
    assert said.err == f"kaskad: {first['id']} stays: kolya is in 'abandoned_cart' again for k1\n"
    both = shop.run("quarantine", "release", "--journey", "abandoned_cart")
    assert (both.code, both.out) == (0, "1 customer goes on, and is due now\n")
    assert "kolya is in 'abandoned_cart' again" in both.err


def test_release_wants_to_know_whom(shop: Shop, inside: Inside) -> None:
    inside(lambda stack: stack.tills())
    for arguments in ((), ("1", "--journey", "abandoned_cart")):
        said = shop.run("quarantine", "release", *arguments)
        assert (said.code, said.err) == (2, "kaskad: name one by its id, or all of a journey with --journey\n")


@pytest.mark.parametrize("command", [("unknown",), ("unknown", "settle"), ("quarantine",), ("quarantine", "release")])
def test_each_has_help_with_an_example(shop: Shop, command: tuple[str, ...]) -> None:
    said = shop.run(*command, "--help")
    assert said.code == 0
    assert "Example:" in said.out and "--project" in said.out and "--json" in said.out
