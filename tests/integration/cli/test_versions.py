"""`kaskad publish --plan`, versions, approval and going back, as people type them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import Shop

FILE = "configs/journeys/thank_you.yaml"
APPROVAL = "approval: {needed_for: [first publish, purpose transactional, audience over 10000], by: another person}\n"
QUIET = ("publish", "--no-prefect")


def asks_for_approval(shop: Shop) -> None:
    policy = shop.folder / "configs" / "policy.yaml"
    policy.write_text(f"{policy.read_text()}\n{APPROVAL}")


def git(shop: Shop, *arguments: str) -> str:
    identity = {f"GIT_{who}_{what}": f"{what}@shop" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    said = subprocess.run(
        ["git", *arguments],
        cwd=shop.folder,
        env={**os.environ, **identity},
        check=True,
        capture_output=True,
        text=True,
    )
    return said.stdout.strip()


def test_a_plan_says_what_would_be_done_and_does_nothing(shop: Shop, database_url: str) -> None:
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    said = shop.run("publish", "--plan")
    assert said.code == 3
    assert "thank_you: new\n  nobody is inside\n" in said.out
    assert shop.run("journeys", "--json").document == {"journeys": []}


def test_a_plan_with_nothing_in_it_exits_with_0(published: Shop) -> None:
    said = published.run("publish", "--plan")
    assert (said.code, said.out.splitlines()[-1]) == (0, "there is nothing to do")
    assert published.run("publish", "--plan", "--json").document["to_do"] is False


def test_an_edit_is_told_in_words_first_and_then_published(published: Shop) -> None:
    published.edit(FILE, "wait: 1h", "wait: 2h")
    planned = published.run("publish", "--plan")
    assert planned.code == 3
    text = "thank_you: changed (version 1 now)\n  - changed: wait an hour becomes wait 2 hours\n  nobody is inside\n"
    assert text in planned.out
    done = published.run(*QUIET)
    assert done.code == 0
    assert text in done.out, "publishing says the same"
    assert published.run("publish", "--plan").code == 0


def test_what_counts_for_everybody_is_something_to_do(published: Shop) -> None:
    published.edit("configs/policy.yaml", "at_most: 2,", "at_most: 3,")
    said = published.run("publish", "--plan", "--json")
    assert said.code == 3
    assert said.document["changed_for_everybody"] == ["policy"]
    assert not any(journey["to_do"] for journey in said.document["journeys"].values())


def test_errors_in_files_have_no_plan(published: Shop) -> None:
    published.edit(FILE, "wait: 1h", "wait: 1x")
    said = published.run("publish", "--plan")
    assert said.code == 1
    assert said.out.startswith(f"{FILE}:")


def test_what_the_linter_takes_for_an_error_is_not_published(published: Shop) -> None:
    """Hours in which nothing is ever sent: right word for word, and never meant."""
    published.edit(FILE, "steps:", 'send_window: {from: "22:00", to: "23:00"}\nsteps:')
    for arguments in (("publish", "--plan"), QUIET):
        said = published.run(*arguments)
        assert (said.code, said.out.startswith(f"{FILE}:")) == (1, True), said.out


def test_versions_say_who_when_and_from_which_commit(published: Shop) -> None:
    git(published, "init", "--quiet")
    git(published, "config", "user.email", "anna@shop.example")
    git(published, "add", "configs")
    git(published, "commit", "--quiet", "--message", "first")
    published.edit(FILE, "wait: 1h", "wait: 2h")
    assert published.run(*QUIET).code == 0
    second, first = published.run("versions", "thank-you", "--json").document["versions"]
    assert (first["number"], first["state"], first["commit"]) == (1, "past", None)
    assert (second["number"], second["state"], second["inside"]) == (2, "current", 0)
    assert (second["by"], second["commit"], second["edited"]) == (
        "anna@shop.example",
        git(published, "rev-parse", "HEAD"),
        True,
    )
    table = published.run("versions", "thank_you").out
    assert "anna@shop.example" in table and "+ edits" in table
    assert published.run("versions", "thank_yo").code == 2


def test_going_back_makes_an_older_version_current_until_the_next_publish(published: Shop) -> None:
    published.edit(FILE, "wait: 1h", "wait: 2h")
    published.run(*QUIET, "--by", "anna")
    back = published.run("rollback", "thank_you", "--by", "boris", "--no-prefect")
    assert back.code == 0
    assert "version 1 of 'thank_you' is live again" in back.out
    assert "the next `kaskad publish` makes them live" in back.err
    listed = published.run("versions", "thank_you", "--json").document["versions"]
    assert [(version["number"], version["state"]) for version in listed] == [(2, "past"), (1, "current")]
    assert published.run("publish", "--plan").code == 3
    assert published.run(*QUIET, "--json").document["journeys"]["thank_you"]["version"] == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "7"), "'thank_you' has no version 7: `kaskad versions thank_you` lists them"),
        (("--to", "1"), "version 1 of 'thank_you' is the current one already"),
        ((), "'thank_you' has had no other version"),
        (("--moved", "send:x"), "'send:x' is not OLD=NEW: two steps by their ids, or a step and `end`"),
    ],
)
def test_nothing_to_go_back_to(published: Shop, arguments: tuple[str, ...], sentence: str) -> None:
    said = published.run("rollback", "thank_you", "--no-prefect", *arguments)
    assert (said.code, said.err) == (2, f"kaskad: {sentence}\n")


def test_a_first_publish_waits_for_another_person(shop: Shop, database_url: str) -> None:
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    asks_for_approval(shop)
    assert "needs another person's approval: its first publish" in shop.run("publish", "--plan").out
    said = shop.run(*QUIET, "--by", "anna@shop.example")
    assert said.code == 0
    assert "thank_you: version 1 is proposed, not live: another person has to run `kaskad approve" in said.out
    assert shop.run("journeys", "--json").document == {"journeys": []}
    again = shop.run("publish", "--plan")
    assert (again.code, "waits for approval already" in again.out) == (0, True)
    same = shop.run("approve", "thank_you", "--by", "ANNA@shop.example", "--no-prefect")
    assert (same.code, "it takes another person" in same.err) == (2, True)
    assert shop.run("approve", "thank_you", "--by", "boris@shop.example", "--no-prefect").code == 0
    assert [journey["name"] for journey in shop.run("journeys", "--json").document["journeys"]] == ["thank_you"]
    (line,) = shop.run("versions", "thank_you", "--json").document["versions"]
    assert (line["by"], line["approved_by"], line["state"]) == ("anna@shop.example", "boris@shop.example", "current")
    assert line["needs"] == ["its first publish"]
    nothing = shop.run("approve", "thank_you", "--by", "boris@shop.example", "--no-prefect")
    assert (nothing.code, nothing.err) == (2, "kaskad: nothing of 'thank_you' waits for approval\n")


def test_an_approval_is_of_a_content(published: Shop) -> None:
    """Any edit needs a new one; the live version goes on meanwhile; who takes the edit back needs none."""
    asks_for_approval(published)
    assert published.run(*QUIET, "--by", "anna").code == 0, "what is live needs no approval afterwards"
    published.edit(FILE, "topic: service", "purpose: transactional")
    first = published.run(*QUIET, "--by", "anna", "--json").document["proposed"]["thank_you"]
    assert first["needs"] == ["purpose transactional"]
    assert published.run("journeys", "--json").document["journeys"][-1]["number"] == 1
    published.edit(FILE, "wait: 1h", "wait: 2h")
    second = published.run(*QUIET, "--by", "anna", "--json").document["proposed"]["thank_you"]
    stale = published.run("approve", "thank_you", "--version", first["hash"], "--by", "boris", "--no-prefect")
    assert (stale.code, f"is version {second['hash']}" in stale.err) == (2, True)
    own = published.run(
        "approve", "thank_you", "--version", second["hash"][:8], "--by", "boris", "--no-prefect", "--json"
    )
    assert own.document == {"journey": "thank_you", "version": second["version"], "hash": second["hash"]}


def test_a_proposal_that_the_files_take_back_is_withdrawn(published: Shop) -> None:
    asks_for_approval(published)
    published.run(*QUIET)
    published.edit(FILE, "topic: service", "purpose: transactional")
    published.run(*QUIET, "--by", "anna")
    published.edit(FILE, "purpose: transactional", "topic: service")
    assert published.run(*QUIET, "--json").document["proposed"] == {}
    said = published.run("approve", "thank_you", "--by", "boris", "--no-prefect")
    assert (said.code, said.err) == (2, "kaskad: nothing of 'thank_you' waits for approval\n")


def test_who_takes_the_rule_away_is_still_held_to_it(published: Shop, tmp_path: Path) -> None:
    """A looser policy counts from the next publication on."""
    before = (published.folder / "configs" / "policy.yaml").read_text()
    asks_for_approval(published)
    published.run(*QUIET)
    (published.folder / "configs" / "policy.yaml").write_text(before)
    published.edit(FILE, "topic: service", "purpose: transactional")
    assert "thank_you" in published.run(*QUIET, "--by", "anna", "--json").document["proposed"]


@pytest.mark.parametrize("command", ["versions", "approve", "rollback", "publish"])
def test_help_has_an_example(shop: Shop, command: str) -> None:
    said = shop.run(command, "--help")
    assert (said.code, f"Example: kaskad {command}" in said.out) == (0, True)
