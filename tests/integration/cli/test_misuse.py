"""Arguments that the parser refuses, and names that nobody has: one sentence, exit code 2, for programs as JSON."""

from __future__ import annotations

import pytest

from tests.support.commands import Shop


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("validate", "--nope"), "no such option: --nope; `kaskad validate --help`"),
        (("shw",), "no such command 'shw'. Did you mean 'show'?"),
        (("show",), "missing argument 'journey'"),
        (("rejected", "--code", "x"), "invalid value for '--code': 'x' is not one of 'not_an_event'"),
        (("rejected", "--limit", "a"), "it should be a valid integer; `kaskad rejected --help`"),
        (("publish", "a", "b"), "unexpected extra argument"),
        (("stop", "everything"), "'everything' is not one of 'all'"),
        (("quarantine", "release", "x"), "valid integer; `kaskad quarantine release --help`"),
        (("lint", "abandoned_card"), "unknown journey 'abandoned_card', did you mean 'abandoned_cart'?"),
        (("simulate", "abandoned_card", "--from", "2027-01-01"), "did you mean 'abandoned_cart'?"),
        (("show", "abandoned_card"), "did you mean 'abandoned_cart'?"),
        (("rename-step", "abandoned_card", "a", "b"), "did you mean 'abandoned_cart'?"),
        (("preview", "cart_reminder", "--locale", "xx"), "'xx' is no language"),
        (("preview", "cart_reminder", "--locale", "../ru"), "'../ru' is no language"),
        (("show", "abandoned_cart", "--svg", "nope/a.svg"), "nope/a.svg: no such file or directory"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_what_cannot_be_meant_is_one_sentence(shop: Shop, words: tuple[str, ...], told: str) -> None:
    ended = shop.run(*words)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert ended.err.startswith("kaskad: ") and told in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("report", "--since", "1"), "write a time like 2027-03-01"),
        (("report", "--since", "2027-03-02", "--until", "2027-03-01"), "before it begins"),
        (("explain", "kolya", "--at", "7"), "write a time like 2027-03-01"),
        (("quarantine", "--journey", "abandoned_card"), "did you mean 'abandoned_cart'?"),
        (("quarantine", "release", "--journey", "nope"), "there is no journey 'nope'"),
        (("stop", "channel", "smss", "--lift"), "there is no channel 'smss'"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_an_empty_answer_is_no_answer_to_a_slip(published: Shop, words: tuple[str, ...], told: str) -> None:
    ended = published.run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_a_step_gets_no_name_that_another_one_has(shop: Shop) -> None:
    journey = shop.folder / "configs" / "journeys" / "abandoned_cart.yaml"
    before = journey.read_text()
    ended = shop.run("rename-step", "abandoned_cart", "cart_reminder", "cart_discount")
    assert (ended.code, ended.out, journey.read_text()) == (2, "", before)
    assert "another step of 'abandoned_cart' is called 'send:cart_discount' already" in ended.err


def test_programs_get_the_sentence_as_json(shop: Shop) -> None:
    for words in (("rejected", "--limit", "a"), ("show", "abandoned_card")):
        ended = shop.run(*words, "--json")
        assert ended.code == 2
        assert ended.err == f"kaskad: {ended.document['error']}\n"


@pytest.mark.parametrize("words", [("show", "--help"), ("show", "-h"), ("help", "show")], ids=" ".join)
def test_help_is_found_however_it_is_asked_for(shop: Shop, words: tuple[str, ...]) -> None:
    ended = shop.run(*words)
    assert ended.code == 0 and "kaskad show" in ended.out


def test_the_version_is_told_to_whoever_asks(shop: Shop) -> None:
    assert shop.run("version").out == shop.run("--version").out != ""


@pytest.mark.parametrize("url", ["foo", "mysql://x/y", "postgresq://u:secret@h/d"])
def test_an_address_that_is_no_databases_is_named_without_its_password(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("KASKAD_DATABASE_URL", url)
    ended = shop.run("journeys")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert "KASKAD_DATABASE_URL" in ended.err and "secret" not in ended.err


def test_a_database_that_does_not_answer_is_one_sentence(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, nowhere: int
) -> None:
    monkeypatch.setenv("KASKAD_DATABASE_URL", f"postgresql://127.0.0.1:{nowhere}/x")
    ended = shop.run("journeys")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
