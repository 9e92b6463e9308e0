"""Every journey of the gallery does what its own tests say, in a project that has taken it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kaskad.config.test_files.reader import read_journey_tests
from kaskad.services.projects import gallery, loading
from kaskad.services.simulation.journey_tests import run_tests
from kaskad.services.simulation.verdicts import Verdict
from tests.support.paths import ROOT
from tests.support.shipped import CACHE

pytestmark = pytest.mark.anyio

JOURNEYS = sorted(file.stem for file in (ROOT / "gallery" / "journeys").glob("*.yaml"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The shop's files, without the gallery's."""
    for folder in ("configs", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


async def verdicts(shop: Path, journey: str, url: str) -> list[Verdict]:
    """The verdicts on the journey's cases."""
    draft = loading.load_project(shop, CACHE)
    (tests,) = read_journey_tests(shop, draft.project, [journey])
    return await run_tests(url, draft.project, draft.compiled, tests=tests)


@pytest.mark.parametrize("journey", JOURNEYS)
async def test_a_journey_of_the_gallery_passes_its_tests(journey: str, shop: Path, database_url: str) -> None:
    gallery.plan_copy(journey, shop).write()
    came = await verdicts(shop, journey, database_url)
    assert len(came) >= 5
    assert [(verdict.case.title, verdict.lines) for verdict in came if not verdict.passed] == []


async def test_under_another_name_its_tests_go_along(shop: Path, database_url: str) -> None:
    gallery.plan_copy("near_the_shop", shop, "next_door").write()
    assert all(verdict.passed for verdict in await verdicts(shop, "next_door", database_url))
