"""`kaskad lint`, `schema` and `rename-step`, as people and machines use them."""

from __future__ import annotations

import json

import pytest

from tests.support.commands import Shop

THANKS = "configs/journeys/thank_you.yaml"


def test_what_is_shipped_has_nothing_against_it(shop: Shop) -> None:
    said = shop.run("lint", "--strict")
    assert said.code == 0, said.out
    assert said.out.startswith("5 journeys, no errors, no warnings")
    assert shop.run("lint", "--json").document["remarks"] == []


def test_a_warning_lets_pass_unless_strict(shop: Shop) -> None:
    shop.edit(THANKS, "topic: service", 'topic: service\nsend_window: {from: "20:00", to: "10:00"}')
    line = f"{THANKS}:8:1: warning window_across_midnight: 20:00–10:00 goes across midnight"
    said = shop.run("lint", "thank-you")
    assert said.code == 0
    assert said.out.startswith(line)
    assert shop.run("lint", "--strict").code == 1
    assert shop.run("lint", "abandoned_cart", "--strict").code == 0


def test_an_error_does_not(shop: Shop) -> None:
    shop.edit(THANKS, "same: order, within: 14d", "same: order, within: 1h")
    said = shop.run("lint", "thank_you", "--json")
    assert said.code == 1
    (remark,) = said.document["remarks"]
    place = (remark["path"], remark["line"], remark["column"], remark["rule"], remark["severity"])
    assert place == (THANKS, 13, 43, "goal_out_of_reach", "error")


def test_files_that_cannot_be_read_are_said_first(shop: Shop) -> None:
    shop.edit(THANKS, "topic: service", "topic: servise")
    said = shop.run("lint")
    assert (said.code, said.err) == (1, "1 error\n")
    assert said.out.startswith(f"{THANKS}:7:8: unknown topic 'servise'")
    assert len(shop.run("lint", "--json").document["errors"]) == 1


def test_a_journey_that_there_is_not(shop: Shop) -> None:
    said = shop.run("lint", "thanks")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("kaskad: unknown journey 'thanks'")


def test_schema_of_one_kind_knows_the_names_of_the_project(shop: Shop) -> None:
    document = json.loads(shop.run("schema", "journey").out)
    assert "carts" in document["properties"]["topic"]["enum"]


def test_all_schemas_and_how_an_editor_finds_them(shop: Shop) -> None:
    said = shop.run("schema", "--out", ".kaskad/schemas")
    assert said.code == 0
    files = {path.stem for path in (shop.folder / ".kaskad" / "schemas").glob("*.json")}
    assert {"journey", "cascades", "channels", "policy", "promos", "segments"} <= files
    assert '".kaskad/schemas/journey.json": "configs/journeys/*.yaml"' in said.out
    assert "# yaml-language-server: $schema=../../.kaskad/schemas/journey.json" in said.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["schema", "jorney"], "did you mean 'journey'?"), (["schema"], "--out .kaskad/schemas")],
)
def test_a_schema_that_there_is_not(shop: Shop, arguments: list[str], said: str) -> None:
    refused = shop.run(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err


def test_a_step_is_renamed_in_its_file(shop: Shop) -> None:
    said = shop.run("rename-step", "thank-you", "how_was_it", "question", "--json")
    assert said.document == {"path": THANKS, "old": "send:how_was_it", "new": "send:question"}
    assert shop.run("validate").code == 0
    text = (shop.folder / THANKS).read_text()
    assert "- {name: question, send: how_was_it, relevant_for: 1d}" in text
