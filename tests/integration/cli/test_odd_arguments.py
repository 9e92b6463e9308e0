"""Arguments and variables that nobody can mean: one sentence, exit code 2, and nobody is taken for somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import Shop

HUGE = "9" * 23


@pytest.mark.parametrize(
    "words",
    [
        ("schema", "journey", "--out", "configs/shop.yaml"),
        ("show", "abandoned_cart", "--svg", "configs"),
        ("preview", "cart_reminder", "--out", "configs"),
    ],
    ids=["a file for a folder", "a folder for a file", "a folder for a page"],
)
def test_a_path_that_cannot_be_written_is_one_sentence(shop: Shop, words: tuple[str, ...]) -> None:
    ended = shop.run(*words)
    assert ended.code == 2
    assert ended.err.startswith("kaskad: ") and "configs" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_events_that_are_not_utf8_are_told_at_their_line(shop: Shop) -> None:
    Path(shop.folder, "march.ndjson").write_bytes(b'{"type": "track"\x80}\n')
    ended = shop.run("simulate", "abandoned_cart", "--events", "march.ndjson")
    assert (ended.code, "march.ndjson:1: this line is no JSON" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("KASKAD_API_PORT", "abc"),
        ("KASKAD_API_PORT", "70000"),
        ("KASKAD_PREFECT_PORT", "-1"),
        ("KASKAD_SANDBOX_SMTP_PORT", ""),
        ("KASKAD_LEASE_SECONDS", "soon"),
        ("KASKAD_LINGER_SECONDS", "nan"),
        ("KASKAD_ARTIFACTS_SECONDS", "-5"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    ended = shop.run("journeys")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert f"{variable} is '{text}'" in ended.err


@pytest.mark.parametrize("words", [("replay", ""), ("replay",), ("replay", "kolya", "--all")])
def test_nobody_is_not_everybody(published: Shop, words: tuple[str, ...]) -> None:
    ended = published.run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "name one customer, or say --all" in ended.err


@pytest.mark.parametrize(
    "words", [("quarantine", "release", HUGE), ("show", "abandoned_cart", "--who", "x", "--limit", HUGE)]
)
def test_numbers_that_no_row_has_are_refused(published: Shop, words: tuple[str, ...]) -> None:
    ended = published.run(*words)
    assert (ended.code, "Traceback" in ended.err) == (2, False)


def test_a_stop_of_a_sender_that_no_file_has_is_told(published: Shop) -> None:
    """Events may name senders of their own: it holds all the same."""
    ended = published.run("stop", "sender", "shoop")
    assert (ended.code, "stopped: sender shoop" in ended.out) == (0, True)
    assert "no file has a sender 'shoop'" in ended.err
    assert "no file has" not in published.run("stop", "sender", "shop").err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("quarantine", "--project", ".", "release", "4711"), "--project"),
        (("quarantine", "--json", "release", "4711"), "--json"),
        (("quarantine", "--journey", "abandoned_cart", "release"), "--journey"),
        (("unknown", "--json", "settle", "6f1c8a52-5d0e-5b8e-9d0a-1f2e3d4c5b6a", "--sent"), "--json"),
    ],
)
def test_options_before_a_subcommand_are_not_dropped(shop: Shop, words: tuple[str, ...], named: str) -> None:
    ended = shop.run(*words)
    assert ended.code == 2
    assert "--json" in words or ended.out == ""
    assert f"write {named} after '" in ended.err
