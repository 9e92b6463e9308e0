"""Fixtures of the tests of `kaskad.config`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.config.written_project import Written


@pytest.fixture
def project(tmp_path: Path) -> Written:
    """A small project that is in order."""
    return Written(tmp_path)
