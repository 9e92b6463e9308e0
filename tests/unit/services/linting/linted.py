"""A small project that is in order, with pieces laid over it, and what the linter says of it then."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kaskad.services.linting import LintResult, lint
from kaskad.services.projects import loading
from tests.support.paths import ROOT

GOOD = ROOT / "tests" / "unit" / "config" / "broken" / "project"
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
JOURNEY: Mapping[str, Any] = {
    "title": "X",
    "owner": "crm@shop.example",
    "topic": "carts",
    "enter": {"when": "cart_updated", "again_after": "7d"},
    "steps": [{"send": "hello"}],
}


def project(root: Path) -> Path:
    """A copy of the good project without its journey."""
    shutil.copytree(GOOD, root, dirs_exist_ok=True)
    shutil.rmtree(root / "configs" / "journeys")
    (root / "configs" / "journeys").mkdir()
    return root


def write(root: Path, name: str, said: str | Mapping[str, Any]) -> None:
    """The file of that name below the project; YAML has JSON in it."""
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    (root / name).write_text(text)


def journey(root: Path, name: str = "x", **keys: Any) -> None:
    """A journey that is in order, with these keys in place of its own."""
    write(root, f"configs/journeys/{name}.yaml", {**JOURNEY, **keys})


def linted(root: Path, *names: str) -> LintResult:
    """What the linter says of the project, on a day of its own."""
    return lint(root, loading.load_project(root), NOW, names=names)


def found(root: Path) -> list[str]:
    """The rules that have something against it."""
    return [remark.rule for remark in linted(root).remarks]
