"""`kaskad new`, as it is run."""

from __future__ import annotations

import pytest

from kaskad.services.projects import gallery
from tests.support.commands import Shop


def files(shop: Shop) -> dict[str, bytes]:
    """Every file of the project with its content."""
    paths = [path for path in shop.folder.rglob("*") if path.is_file()]
    return {path.relative_to(shop.folder).as_posix(): path.read_bytes() for path in paths}


def test_the_gallery_is_listed_with_the_kind(shop: Shop) -> None:
    said = shop.run("new", "--list")
    assert said.code == 0
    words = [line.split() for line in said.out.splitlines() if line.strip()]
    assert ["win_back", "journey", "Win", "back"] in words
    assert ["franchise_promo", "campaign", "Franchise", "promo"] in words
    listed = shop.run("new", "--list", "--json").document["gallery"]
    assert [listing["name"] for listing in listed] == list(gallery.list_items())
    assert listed[-1] == {"name": "franchise_promo", "kind": "campaign", "title": "Franchise promo"}


def test_what_is_taken_is_there_and_valid(shop: Shop) -> None:
    before = files(shop)
    said = shop.run("new", "--from", "win-back", "--as", "come_back")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "wrote configs/journeys/come_back.yaml",
        "wrote configs/journeys/tests/come_back.yaml",
        "wrote templates/miss_you/",
        "wrote templates/miss_you_10/",
        "wrote templates/miss_you_20/",
        "now make it yours, then `kaskad validate` and `kaskad publish --plan`",
    ]
    after = files(shop)
    assert {name: content for name, content in after.items() if name in before} == before
    assert shop.run("validate").code == 0


def test_a_campaign_is_taken_too(shop: Shop) -> None:
    shop.edit("configs/segments.yaml", "customers_of_sender: ", "ours: ")
    said = shop.run("new", "--from", "franchise_promo", "--json").document
    assert said["written"]
    assert "configs/campaigns/franchise_promo.yaml" in said["files"]
    assert said["added"] == {"configs/segments.yaml": ["customers_of_sender"]}
    assert shop.run("validate").code == 0


def test_a_dry_run_says_the_same_and_writes_nothing(shop: Shop) -> None:
    before = files(shop)
    shown = shop.run("new", "--from", "birthday", "--dry-run")
    assert shown.code == 0
    assert shown.out.splitlines()[0] == "would write configs/journeys/birthday.yaml"
    planned = shop.run("new", "--from", "birthday", "--dry-run", "--json").document
    assert files(shop) == before
    written = shop.run("new", "--from", "birthday", "--json").document
    assert (planned["written"], written["written"]) == (False, True)
    assert planned["files"] == written["files"] == sorted(files(shop).keys() - before.keys())


def test_all_of_it_together_has_little_against_it(shop: Shop) -> None:
    """Its journeys compete for the customer's day, which only a shop can settle; nothing else is left to mend."""
    there = {path.stem for path in (shop.folder / "configs" / "journeys").glob("*.yaml")}
    for name in gallery.list_items().keys() - there:
        assert shop.run("new", "--from", name).code == 0
    said = shop.run("lint", "--json")
    assert said.code == 0
    assert {remark["rule"] for remark in said.document["remarks"]} == {"capped_out"}
    said = shop.run("check-content", "--strict")
    assert said.code == 0, said.out
    assert said.out.startswith("30 messages, no errors, no warnings")


WRONG = [
    (["--from", "win_bakc"], "the gallery has no 'win_bakc', did you mean 'win_back'?"),
    (
        ["--from", "thank_you"],
        "configs/journeys/thank_you.yaml is there already: give the new one a name of its own with --as",
    ),
    (["--from", "welcome", "--as", "../up"], "'../up' is no name of a journey: small letters a–z, digits and _"),
    ([], "name a journey or campaign of the gallery with --from, or look at the gallery with --list"),
    (
        ["--list", "--from", "welcome"],
        "name a journey or campaign of the gallery with --from, or look at the gallery with",
    ),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG, ids=str)
def test_what_cannot_be_done_is_one_sentence(arguments: list[str], sentence: str, shop: Shop) -> None:
    before = files(shop)
    said = shop.run("new", *arguments)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith(f"kaskad: {sentence}")
    assert said.err.count("\n") == 1
    assert files(shop) == before
