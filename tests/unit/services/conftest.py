"""Fixtures of the tests of what reads journeys: the linter, renaming."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.services.linting.linted import project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a good project that has no journey yet."""
    return project(tmp_path)
