"""Where no stack is, nothing is made in passing: who asks something of it hears that in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.cli import session
from kaskad.cli.session import CREATES_STACK
from kaskad.settings import load_settings
from kaskad.storage import embedded
from tests.support.commands import COMMANDS, Shop
from tests.support.servers import open_folder
from tests.support.shipped import with_templates

ID = "6f1c8a52-5d0e-5b8e-9d0a-1f2e3d4c5b6a"
ASKS_THE_HOUSE = (
    "approve thank_you --no-prefect",
    "calendar",
    "dispatch",
    "explain kolya",
    "journeys",
    "pause thank_you --no-prefect",
    "preview cart_reminder --customer kolya",
    "promos",
    "providers",
    "publish --no-prefect",
    "publish --plan",
    "quarantine",
    "quarantine release 4711",
    "rejected",
    "sources",
    "consents kolya",
    "customer kolya",
    "export kolya",
    "feeds",
    "identities kolya",
    "imports",
    "split kolya",
    "forget kolya --yes",
    "keys",
    "keys new --scope read",
    "keys revoke 1",
    "replay --all",
    "report",
    "resume thank_you --no-prefect",
    "rollback thank_you --no-prefect",
    "sandbox",
    "send-test cart_reminder --as example --to me@shop.example",
    "show thank_you --live",
    "show thank_you --who how_was_it",
    "simulate thank_you --from 2027-02-01",
    "simulate thank_you --compare 3 --from 2027-02-01",
    "simulate thank_you --compare 3 --events events.ndjson",
    "stop all",
    "suppressions",
    "suppressions lift email kolya@customer.example --reason asked",
    "trigger thank_you kolya --here",
    "unknown",
    f"unknown settle {ID} --sent",
    "versions thank_you",
    "worker",
)
NEEDS_NONE = (
    "check-content how_was_it",
    "lint",
    "new --list",
    "preview how_was_it",
    "rename-step thank_you how_was_it first_letter",
    "schema journey",
    "show thank_you",
    "test thank_you",
    "validate",
)
FILES_FIRST = {"import"}  # which asks for its map and its files before it asks the house
UNTIL_CTRL_C = {"api", "watch"}  # the API says in /healthz that there is no database; the other needs none


def test_the_table_has_every_command() -> None:
    every = set(COMMANDS)
    rows = (*ASKS_THE_HOUSE, *NEEDS_NONE)
    named = {name for name in every if any(f"{row} ".startswith(f"{name} ") for row in rows)}
    assert every == named | CREATES_STACK | FILES_FIRST | UNTIL_CTRL_C


@pytest.mark.parametrize("row", ASKS_THE_HOUSE)
def test_who_asks_something_of_a_stack_that_is_not_there_hears_it_and_makes_none(shop: Shop, row: str) -> None:
    (shop.folder / "events.ndjson").write_text("{}\n")
    said = shop.run(*row.split())
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert all(way in said.err for way in ("kaskad up", "KASKAD_HOME", "KASKAD_DATABASE_URL")), said.err
    assert not (home(shop) / "postgres").exists()


@pytest.mark.parametrize("row", NEEDS_NONE)
def test_what_needs_no_stack_makes_none(shop: Shop, row: str) -> None:
    assert shop.run(*row.split()).code == 0
    assert not (home(shop) / "postgres").exists()
    assert embedded.find_running(home(shop) / "scratch") is None, "what was played in a scratch database is over"


def home(shop: Shop) -> Path:
    return load_settings(shop.folder).home


def test_a_stack_at_rest_is_started_once_for_all_that_is_asked(shop: Shop) -> None:
    """Two questions are asked of it here: what version 3 was, and what happened."""
    with open_folder() as folder:
        at = with_templates(folder / "home")
        at.chmod(0o711)
        shop.monkeypatch.setenv("KASKAD_HOME", str(at))
        assert shop.run("migrate").code == 0
        assert shop.run("publish", "--no-prefect").code == 0
        said = shop.run("simulate", "thank_you", "--compare", "1", "--from", "2027-02-01", "--json")
        assert said.code == 0 and "compared" in said.document
        log = (at / "postgres" / "postgres.log").read_text()
        assert log.count("database system is ready to accept connections") == 3, "once for each command"


def test_a_database_whose_data_are_lost_is_no_stack_that_never_was(tmp_path: Path) -> None:
    """It says what is lost, and makes no empty one in its stead."""
    postgres = tmp_path / ".kaskad" / "postgres"
    postgres.mkdir(parents=True)
    (postgres / "elsewhere").write_text(f"{tmp_path / 'gone'}\n")
    assert embedded.made(postgres)
    assert not embedded.made(tmp_path / "another")
    with pytest.raises(Exception, match="is lost"), session.open_database(load_settings(tmp_path, {})):
        raise AssertionError("it was opened")
