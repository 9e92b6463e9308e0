"""`kaskad consents`, as people type it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.commands import Shop, play


@pytest.fixture
def lived(shop: Shop, database_url: str, tmp_path: Path) -> Shop:
    """Somebody who consented to marketing in every channel."""
    play(shop, database_url, tmp_path)
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    return shop


def test_it_shows_and_proves_what_somebody_agreed_to(lived: Shop) -> None:
    shown = lived.run("consents", "anna", "--csv", "anna.csv")
    assert shown.code == 0
    assert "e-mail: reaches them" in shown.out
    assert "marketing" in shown.out
    written = (lived.folder / "anna.csv").read_bytes()
    digest = hashlib.sha256(written).hexdigest()
    assert digest in shown.out
    assert (lived.folder / "anna.csv.sha256").read_text() == f"{digest}  anna.csv\n"
    document = lived.run("consents", "anna", "--json").document
    assert document["sha256"] == digest
    assert {word["standing"] for word in document["standing"]} == {"granted"}
    assert len(document["ledger"]) == 6
    assert lived.run("consents", "anna", "--at", "2020-01-01", "--json").document["ledger"] == []


def test_what_cannot_be_shown_or_written_is_said_in_one_sentence(lived: Shop) -> None:
    for arguments, said in (
        (("stranger",), "no customer is known as 'stranger'"),
        (("anna", "--csv", "there/is/no/such.csv"), "cannot be written: No such file or directory"),
    ):
        answer = lived.run("consents", *arguments)
        assert answer.code == 2
        assert said in answer.err
