"""JSON Schema: what is shipped is valid, what is broken is not, and no reader takes a key that editors call unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from kaskad.config.schema import FILE_KINDS, ProjectNames, build_json_schema, build_json_schemas, read_project_names
from tests.support.paths import ROOT
from tests.support.plain_yaml import plain
from tests.unit.config.written_project import Written

NAMES = read_project_names(ROOT)
GOOD = Path(__file__).parent / "broken" / "project"
SHIPPED = [(kind, path) for kind, file_kind in FILE_KINDS.items() for path in sorted(ROOT.glob(file_kind.files))]
JOURNEY = {"title": "X", "owner": "a@b", "topic": "carts", "enter": {"when": "cart_updated", "again_after": "7d"}}
READING = ("need", "get", "has", "table", "at")
ELSEWHERE = ("response_rates.py",)  # reads a file that lies anywhere: no editor knows by its path what it is
STEP = {"send": "cart_reminder"}
# what is wrong: the kind of file, what it says
BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("journey", {**JOURNEY, "stepz": [STEP]}),
    ("journey", {**JOURNEY, "steps": [{"snd": "cart_reminder"}]}),
    ("journey", {**JOURNEY, "steps": [{"send": "cart_remindr"}]}),
    ("journey", {**JOURNEY, "steps": [{**STEP, "relevant_for": 30}]}),
    ("journey", {**JOURNEY, "steps": [{**STEP, "wait": "1h"}]}),
    ("journey", {**JOURNEY, "steps": [{"wait_for": {"when": "order_completed"}}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "topic": "cart"}),
    ("journey", {**JOURNEY, "steps": [STEP], "priority": 1001}),
    ("journey", {**JOURNEY, "steps": [STEP], "owner": "crm"}),
    ("journey", {**JOURNEY, "steps": [STEP], "cascade": [{"channel": "emial"}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "only_while": [{"cart.totl": 1}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "only_while": [{"cart.total": {"contains": 1}}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "only_while": [{"cart.total": "many"}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "only_while": [{"order.items": {"contains": "machine"}}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "only_while": [{"order.items.category": {"contains": 5}}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "only_while": [{"within": "3d"}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "leave": [{"when": "order_complete"}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "goal": {"when": "order_completed"}}),
    ("journey", {**JOURNEY, "steps": [STEP], "send_window": {"from": "9:00", "to": "21:00"}}),
    ("journey", {**JOURNEY, "steps": [STEP], "enter": {"when": "cart_updated"}}),
    ("journey", {**JOURNEY, "steps": [STEP], "fresh_data": {"stroe": "30m"}}),
    ("journey", {**JOURNEY, "steps": [STEP], "never_about": {"similar": "never"}}),
    ("journey", {**JOURNEY, "steps": [STEP], "never_about": {"bought_again": ["pizza"]}}),
    ("shop", {"currency": "roubles"}),
    ("channels", {"fax": {"cost": "1 RUB"}}),
    ("channels", {"sms": {"cost": "1"}}),
    ("channels", {"sms": {"cost": "1 RUB", "providers": ["nobody"]}}),
    ("cascades", {"default": {"channels": []}}),
    ("cascades", {"Default": {"channels": [{"channel": "sms"}]}}),
    ("topics", {"carts": {"title": {"in russian": "A"}}}),
    ("senders", {"shop": {}}),
    ("sources", {"store": {"open": "9-18"}}),
    ("feeds", {"shop": {"url": "https://shop.example", "format": "xml", "every": "1h"}}),
    ("feeds", {"shop": {"url": "https://shop.example", "format": "csv", "every": "1h", "columns": {"A": "prise"}}}),
    ("policy", {"caps": [{"at_most": -1, "per": "week"}]}),
    ("policy", {"never_about": "30d"}),
    ("policy", {"never_about": {"similar": "30d"}}),
    ("policy", {"approval": {"needed_for": ["audience under 5"], "by": "another person"}}),
    ("events", {"cart_updated": {"properties": {"total": "decimal"}}}),
    ("attributes", {"age": "integer"}),
    ("providers", {"box": {"adapter": "http"}}),
    ("promos", {"cart10": {"codes": "codes/cart10.csv"}}),
    ("webhooks", {"delete": {"url": "https://shop.example"}}),
    ("campaign", {**JOURNEY, "steps": [STEP]}),
    ("journey", {**JOURNEY, "steps": [{"split": {"name": "half", "paths": {"a": {"share": "50%", "steps": []}}}}]}),
    ("journey", {**JOURNEY, "steps": [{"set": {"customer.orders": 5}}]}),
    ("journey", {**JOURNEY, "steps": [STEP], "enter": {"product": "backinstock", "again_after": "never"}}),
    (
        "journey",
        {
            **JOURNEY,
            "steps": [STEP],
            "enter": {"product": "low_stock", "who": ["subscribed"], "at_most": 0, "again_after": "never"},
        },
    ),
    ("segments", {"silent": [{"did": "nothing_at_all"}]}),
    ("import-map", {"who": {"user_id": "a"}, "columns": {}}),
    ("import-map", {"properties": {"total": {"column": "a", "type": "decimal"}}}),
    ("import-map", {"more": [{"event": "order_paid"}]}),
    ("import-map", {"consents": [{"purpose": "p"}]}),
]


def errors(kind: str, document: Any, names: ProjectNames = NAMES) -> list[str]:
    return [error.message for error in Draft7Validator(build_json_schema(kind, names)).iter_errors(document)]


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_each_schema_is_one_with_and_without_a_project(kind: str) -> None:
    Draft7Validator.check_schema(build_json_schema(kind, NAMES))
    Draft7Validator.check_schema(build_json_schema(kind, ProjectNames()))


@pytest.mark.parametrize(("kind", "path"), SHIPPED, ids=lambda each: getattr(each, "stem", each))
def test_what_is_shipped_is_valid_with_and_without_the_names_of_its_project(kind: str, path: Path) -> None:
    document = plain(path.read_text())
    assert errors(kind, document) == []
    assert errors(kind, document, ProjectNames()) == []


@pytest.mark.parametrize(("kind", "document"), BROKEN, ids=lambda each: str(each)[-40:])
def test_what_is_broken_is_not_valid(kind: str, document: dict[str, Any]) -> None:
    assert errors(kind, document)


def test_the_journey_that_the_broken_ones_are_made_of_is_valid() -> None:
    assert errors("journey", {**JOURNEY, "steps": [STEP]}) == []


def test_the_names_are_the_project_s_own(project: Written) -> None:
    names = read_project_names(project.root)
    assert errors("journey", {**JOURNEY, "steps": [{"send": "hello"}]}, names) == []
    assert errors("journey", {**JOURNEY, "steps": [STEP]}, names)


def test_the_good_project_under_the_broken_files_is_valid() -> None:
    names = read_project_names(GOOD)
    files = [(kind, path) for kind, file_kind in FILE_KINDS.items() for path in GOOD.glob(file_kind.files)]
    assert len(files) >= 12
    for kind, path in files:
        assert errors(kind, plain(path.read_text()), names) == []


def test_names_are_completed_while_another_file_cannot_be_read(project: Written) -> None:
    project.write("events.yaml", "cart_updated: [\n")
    assert "carts" in read_project_names(project.root).of("topics")
    asking = {**JOURNEY, "steps": [{"send": "hello"}], "only_while": [{"event.not_known_now": 1}]}
    assert errors("journey", asking, read_project_names(project.root)) == []


def keys_of(document: Any) -> Iterator[str]:
    """Every key that a schema names."""
    if isinstance(document, dict):
        properties = document.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for each in document.values():
            yield from keys_of(each)
    elif isinstance(document, list):
        for each in document:
            yield from keys_of(each)


def keys_asked(tree: ast.AST) -> Iterator[str]:
    """Every key that the code asks a record for."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in READING:
            whose, key = call.func.value, call.args[0] if call.args else None
            if isinstance(whose, ast.Name) and whose.id == "record" and isinstance(key, ast.Constant):
                yield str(key.value)


def test_whatever_key_a_reader_asks_for_editors_know() -> None:
    known = set(keys_of(build_json_schemas(NAMES)))
    files = [path for path in sorted((ROOT / "src/kaskad/config").rglob("*.py")) if path.name not in ELSEWHERE]
    asked = {key: file.name for file in files for key in keys_asked(ast.parse(file.read_text()))}
    assert {key: file for key, file in asked.items() if key not in known} == {}
    assert len(asked) > 50
