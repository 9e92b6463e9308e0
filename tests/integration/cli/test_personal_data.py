"""`kaskad export` and `kaskad forget`, as people run them."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from tests.support.commands import Shop
from tests.support.stack import running_stack


@pytest.fixture
def known(shop: Shop, database_url: str, tmp_path: Path) -> Shop:
    """A shop that knows Kolya."""
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)

    async def work() -> None:
        async with running_stack(database_url, tmp_path / "inside") as stack:
            await stack.person("kolya", "email")

    anyio.run(work)
    shop.monkeypatch.setenv("KASKAD_SUPPRESSION_KEY", (tmp_path / "inside" / "suppression-key").read_text())
    return shop


def test_an_export_is_written_for_its_owner_alone(known: Shop, tmp_path: Path) -> None:
    said = known.run("export", "kolya", "--out", str(tmp_path / "kolya.json"))
    assert said.code == 0 and "rows" in said.out
    document = json.loads((tmp_path / "kolya.json").read_text())
    assert document["contact"][0]["address"] == "kolya@customer.example"
    assert (tmp_path / "kolya.json").stat().st_mode & 0o077 == 0
    assert "kolya" in [identity["value"] for identity in known.run("export", "kolya").document["identity"]]
    nowhere = known.run("export", "kolya", "--out", str(tmp_path / "no" / "x.json"))
    assert (nowhere.code, nowhere.out) == (2, "") and "cannot be written" in nowhere.err


def test_whoever_is_forgotten_is_not_known_any_more(known: Shop) -> None:
    said = known.run("forget", "kolya", "--yes", "--by", "anna@shop.example")
    assert said.code == 0 and "'kolya' is forgotten" in said.out
    for command in (("export", "kolya"), ("forget", "kolya", "--yes"), ("explain", "kolya")):
        unknown = known.run(*command)
        assert unknown.code == 2 and "'kolya'" in unknown.err


def test_nobody_is_asked_about_whom_nobody_knows(known: Shop) -> None:
    said = known.child("forget", "nobody")
    assert said.code == 2 and "no customer is known as 'nobody'" in said.err and "cannot be undone" not in said.err


def test_nobody_is_forgotten_unasked(known: Shop) -> None:
    said = known.child("forget", "email:Kolya@customer.example")
    assert said.code != 0 and "cannot be undone" in said.err
    assert known.run("export", "kolya").code == 0
