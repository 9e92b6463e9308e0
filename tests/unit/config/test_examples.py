"""Sixteen journeys as marketers wrote them, for which the language was made: each loads as it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from kaskad.services.projects import gallery, loading
from tests.support.paths import ROOT

EXAMPLES = {path.stem: path for path in sorted((Path(__file__).parent / "examples").glob("*.yaml"))}
ADAPTED = {"abandoned_cart", "back_in_stock", "browse_abandonment", "email_confirmation", "thank_you"}  # the shop's own


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The shop that ships, with all of the gallery."""
    for folder in ("configs", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in gallery.list_items().keys() - ADAPTED:
        gallery.plan_copy(name, tmp_path).write()
    return tmp_path


def test_all_sixteen_load_and_their_messages_compile(shop: Path) -> None:
    for name, example in EXAMPLES.items():
        kind = gallery.list_items()[name].kind
        shutil.copy(example, shop / "configs" / f"{kind}s" / f"{name}.yaml")
    draft = loading.load_project(shop, ROOT / ".kaskad" / "templates")
    assert {*draft.project.journeys, *draft.project.campaigns} == set(EXAMPLES)
    assert len(EXAMPLES) == 16
    for journey in [*draft.project.journeys.values(), *draft.project.campaigns.values()]:
        assert journey.title == read(EXAMPLES[journey.name])["title"]


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - ADAPTED))
def test_the_gallery_has_it_word_for_word(name: str) -> None:
    assert read(gallery.list_items()[name].file) == read(EXAMPLES[name])


@pytest.mark.parametrize("name", sorted(ADAPTED))
def test_the_shops_own_begins_and_ends_alike(name: str) -> None:
    """Their steps and limits are the shop's; who comes in and what makes them leave is as it was written."""
    ours, example = read(gallery.list_items()[name].file), read(EXAMPLES[name])
    assert ours["leave"] == example["leave"]
    assert ours.get("only_while") == example.get("only_while")
    given, said = ours["enter"], example["enter"]
    assert {key: given[key] for key in said if key in given} == {key: said[key] for key in said if key in given}
    assert said.keys() - given.keys() <= {"where"}


def read(file: Path) -> dict[str, object]:
    """The file as YAML."""
    return YAML(typ="safe", pure=True).load(file.read_text())  # type: ignore[no-any-return]
