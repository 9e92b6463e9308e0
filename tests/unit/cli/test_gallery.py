"""Every journey of the gallery, copied into a shop that has none, is complete: nothing that it names is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kaskad.domain.errors import NotFound, Rejected
from kaskad.services import gallery, workshop

ROOT = Path(__file__).parents[3]
OWN = ("shop", "channels", "providers", "senders", "policy")  # what a shop has before its first journey


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A shop without journeys, topics, cascades and templates."""
    (tmp_path / "configs").mkdir()
    for name in OWN:
        shutil.copy(ROOT / "configs" / f"{name}.yaml", tmp_path / "configs")
    (tmp_path / "configs" / "policy.yaml").write_text("quiet_hours: {from: '21:00', to: '09:00'}\n")
    return tmp_path


@pytest.mark.parametrize("name", gallery.exhibits())
def test_a_journey_brings_all_that_it_needs(name: str, project: Path) -> None:
    gallery.take(name, project).write()
    draft = workshop.read(project, ROOT / ".kaskad" / "templates")
    assert list(draft.project.journeys) == [name]


def test_what_the_project_has_stays_as_it_is(project: Path) -> None:
    topics = project / "configs" / "topics.yaml"
    topics.write_text("# ours\noffers: {title: {en: Ours}}  # stays\n")
    (project / "templates" / "miss_you").mkdir(parents=True)
    gallery.take("win_back", project).write()
    assert topics.read_text() == "# ours\noffers: {title: {en: Ours}}  # stays\n"
    assert list((project / "templates" / "miss_you").iterdir()) == []
    assert (project / "templates" / "miss_you_10" / "email.ru.mjml").exists()


def test_a_name_that_is_taken_or_not_known_writes_nothing(project: Path) -> None:
    gallery.take("win_back", project).write()
    with pytest.raises(Rejected, match="--as"):
        gallery.take("win_back", project)
    assert project / "configs" / "journeys" / "come_back.yaml" in gallery.take("win_back", project, "come_back").files
    with pytest.raises(NotFound, match="did you mean 'welcome'"):
        gallery.take("welcom", project)
