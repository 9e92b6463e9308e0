"""The command line against the real thing: a project's files, a real database, a Prefect that is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kaskad.storage.embedded import find_running
from tests.support.commands import COMMANDS, Shop
from tests.support.servers import open_folder, processes_on
from tests.support.shipped import with_templates

STEPS = 33  # the line of abandoned_cart.yaml on which its steps begin


def test_validate_counts_what_is_right(shop: Shop) -> None:
    said = shop.run("validate")
    assert (said.code, said.out, said.err) == (0, "5 journeys, 9 messages, no errors\n", "")
    assert shop.run("validate", "--json").document == {
        "errors": [],
        "warnings": [],
        "journeys": 5,
        "campaigns": 0,
        "messages": 9,
        "variables": [],
    }


def test_validate_says_where_a_key_is_misspelt_and_nothing_else(shop: Shop) -> None:
    shop.edit("configs/journeys/abandoned_cart.yaml", "\nsteps:", "\nstepz:")
    said = shop.child("validate", TERM="dumb", COLUMNS="40")
    line = f"configs/journeys/abandoned_cart.yaml:{STEPS}:1: unknown key 'stepz', did you mean 'steps'?"
    assert (said.code, said.out, said.err) == (1, f"{line}\n", "1 error\n")
    (error,) = shop.run("validate", "--json").document["errors"]
    assert (error["path"], error["line"], error["column"]) == ("configs/journeys/abandoned_cart.yaml", STEPS, 1)


def test_validate_shows_paths_as_seen_from_the_project_wherever_it_is_called(shop: Shop, tmp_path: Path) -> None:
    shop.edit("configs/journeys/thank_you.yaml", "topic: service", "topic: servise")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    said = Shop(elsewhere, shop.monkeypatch, shop.capsys).run("validate", "--project", str(shop.folder))
    assert said.out.startswith("configs/journeys/thank_you.yaml:7:8: unknown topic 'servise', did you mean 'service'?")
    assert said.code == 1


@pytest.mark.parametrize("command", ["validate", "publish", "report", "journeys", "migrate"])
def test_outside_a_project_there_is_one_sentence_and_code_2(shop: Shop, tmp_path: Path, command: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments in ([command, "--project", str(empty)], [command]):
        said = Shop(empty, shop.monkeypatch, shop.capsys).run(*arguments)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("kaskad: ") and "configs" in said.err and said.err.count("\n") == 1


def test_a_project_with_errors_is_not_published(shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    shop.edit("configs/journeys/abandoned_cart.yaml", "\nsteps:", "\nstepz:")
    said = shop.run("publish", "--no-prefect")
    assert (said.code, said.out.count("\n")) == (1, 1)
    assert "unknown key 'stepz'" in said.out
    assert shop.run("journeys", "--json").document == {"journeys": []}


@pytest.mark.parametrize("command", ["lint", "test", "publish --plan", "publish --no-prefect", "show thank_you"])
def test_every_command_tells_errors_of_the_files_alike(published: Shop, command: str) -> None:
    published.edit("configs/journeys/abandoned_cart.yaml", "\nsteps:", "\nstepz:")
    said = published.run(*command.split())
    assert (said.code, said.err.splitlines()[-1]) == (1, "1 error")
    (error,) = published.run(*command.split(), "--json").document["errors"]
    assert said.out == f"{error['path']}:{error['line']}:{error['column']}: {error['text']}\n"


def test_publishing_twice_makes_no_new_version_and_an_edit_makes_one(published: Shop) -> None:
    again = published.run("publish", "--no-prefect", "--json").document
    assert {journey["new"] for journey in again["journeys"].values()} == {False}
    published.edit("configs/journeys/thank_you.yaml", "wait: 1h", "wait: 2h")
    edited = published.run("publish", "--no-prefect", "--json").document["journeys"]
    assert [(name, journey["version"]) for name, journey in edited.items() if journey["new"]] == [("thank_you", 2)]
    listed = published.run("journeys").out
    assert "abandoned_cart" in listed and "How was it?" in listed


def test_a_prefect_that_was_named_must_answer(published: Shop, nowhere: int) -> None:
    published.edit("configs/journeys/thank_you.yaml", "wait: 1h", "wait: 2h")
    said = published.child("publish", "--json", PREFECT_API_URL=f"http://127.0.0.1:{nowhere}/api")
    assert said.code == 2
    assert f"http://127.0.0.1:{nowhere}/api does not answer" in said.err
    assert published.run("publish", "--no-prefect", "--json").document["journeys"]["thank_you"]["new"] is False


def test_our_own_prefect_may_be_down(published: Shop, nowhere: int) -> None:
    said = published.child("publish", "--json", KASKAD_PREFECT_PORT=str(nowhere))
    assert said.code == 0
    assert "does not answer" in said.err and "does not answer" in said.document["prefect"]


def test_a_database_without_tables_asks_for_migrate(shop: Shop, postgres_url: str) -> None:
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", postgres_url)
    said = shop.run("journeys")
    assert (said.code, said.err) == (2, "kaskad: the database has no tables yet: run `kaskad migrate` first\n")


def test_migrating_twice_changes_nothing(shop: Shop, database_url: str) -> None:
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    document = shop.run("migrate", "--json").document
    assert document["before"] == document["after"] is not None


def test_a_database_that_does_not_run_is_there_for_the_time_of_the_command(shop: Shop) -> None:
    with open_folder() as folder:
        home = with_templates(folder / "home")
        home.chmod(0o711)
        assert shop.child("migrate", KASKAD_HOME=str(home)).code == 0
        said = shop.child("publish", "--no-prefect", "--json", KASKAD_HOME=str(home))
        assert said.code == 0, said.err
        assert find_running(home / "postgres") is None
        assert processes_on(home / "postgres") == []
        listed = shop.child("journeys", "--json", KASKAD_HOME=str(home)).document["journeys"]
        assert len(listed) == 5, "what was published is still there the next time"


NO_JSON = {
    "up",
    "worker",
    "dispatch",
    "api",
    "sandbox",
    "watch",
    "schema",
    "export",
}  # they run on, or print JSON anyway


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_can_be_typed(shop: Shop, command: str) -> None:
    said = shop.run(*command.split(), "--help")
    assert said.code == 0
    assert "--project" in said.out
    assert ("--json" in said.out) is (command not in NO_JSON)
    _, found, example = said.out.partition("Example:")
    assert found and f"kaskad {command}" in " ".join(example.split())


def test_help_and_validate_load_nothing_heavy(shop: Shop) -> None:
    shop.run("validate")
    asks = (
        "import sys; from kaskad.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(' '.join({'prefect', 'mjml', 'fastapi', 'aiosmtplib'} & set(sys.modules)) or 0)"
    )
    for command in ("--help", "validate"):
        ended = subprocess.run(
            [sys.executable, "-c", asks, command], cwd=shop.folder, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
