"""What README and docs/ say is true: links lead somewhere, commands exist, the first journey can be read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaskad.cli.command_table import PANELS
from kaskad.config import load_project
from tests.support.paths import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deployments/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FIRST_JOURNEY = re.compile(r"^```yaml\n# (configs/journeys/\w+\.yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LARGEST = 150_000  # bytes of a picture: everybody who clones gets it


def _links(page: Path) -> Iterator[tuple[Path, str]]:
    for target in LINK.findall(CODE.sub("", page.read_text())):
        if "://" not in target:
            path, _, heading = target.partition("#")
            yield (page.parent / path if path else page), heading


def _headings(page: Path) -> set[str]:
    """The anchors that GitHub makes of the page's headings."""
    named = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in named}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    for target, heading in _links(page):
        assert target.exists(), target
        assert not heading or heading in _headings(target), f"{target}#{heading}"


def test_every_page_of_docs_is_named_in_the_readme() -> None:
    named = {target.resolve() for target, _ in _links(ROOT / "README.md")}
    assert set(ROOT.glob("docs/*.md")) <= named


def test_the_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    assert all(picture.stat().st_size < LARGEST for picture in pictures)


def test_every_command_that_is_not_about_running_is_listed() -> None:
    said = (ROOT / "docs" / "commands.md").read_text()
    for panel, names in PANELS.items():
        if panel != "Running it":
            assert [name for name in names if f"kaskad {name}" not in said] == []


def test_the_first_journey_can_be_read_beside_those_of_the_shop(tmp_path: Path) -> None:
    found = FIRST_JOURNEY.search((ROOT / "README.md").read_text())
    assert found
    for folder in ("configs", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / found[1]).write_text(found[2])
    assert Path(found[1]).stem in load_project(tmp_path).journeys
