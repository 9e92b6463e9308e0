"""Every journey of the gallery, copied into a shop that has none, is complete: nothing that it names is missing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from kaskad.config import load_project
from kaskad.domain.errors import NotFound, Rejected
from kaskad.domain.journeys.campaign import Campaign
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import child_steps
from kaskad.domain.journeys.step import CallStep, SendStep, Step, WebhookStep
from kaskad.services.projects import gallery, loading
from tests.support.paths import ROOT

ROW = re.compile(r"\| `(\w+)` \| (.+?) \| .+? \| `(\w+):(?: ([\w.]+))?`.* \| (.+) \|")  # of docs/gallery.md
OWN = ("shop", "channels", "providers", "policy")  # what a shop has before its first journey


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A shop without journeys, topics, cascades and templates."""
    (tmp_path / "configs").mkdir()
    for name in OWN:
        shutil.copy(ROOT / "configs" / f"{name}.yaml", tmp_path / "configs")
    (tmp_path / "configs" / "senders.yaml").write_text('shop: {email: "Ours <hello@ours.example>", sms: OURS}\n')
    (tmp_path / "configs" / "policy.yaml").write_text("quiet_hours: {from: '21:00', to: '09:00'}\n")
    return tmp_path


@pytest.mark.parametrize("name", gallery.list_items())
def test_a_journey_brings_all_that_it_needs(name: str, project: Path) -> None:
    gallery.plan_copy(name, project).write()
    draft = loading.load_project(project, ROOT / ".kaskad" / "templates")
    assert [*draft.project.journeys, *draft.project.campaigns] == [name]


def test_what_the_project_has_stays_as_it_is(project: Path) -> None:
    topics = project / "configs" / "topics.yaml"
    topics.write_text("# ours\noffers: {title: {en: Ours}}  # stays\n")
    (project / "templates" / "miss_you").mkdir(parents=True)
    gallery.plan_copy("win_back", project).write()
    assert topics.read_text() == "# ours\noffers: {title: {en: Ours}}  # stays\n"
    assert list((project / "templates" / "miss_you").iterdir()) == []
    assert (project / "templates" / "miss_you_10" / "email.ru.mjml").exists()


def test_a_name_that_is_taken_or_not_known_writes_nothing(project: Path) -> None:
    gallery.plan_copy("win_back", project).write()
    with pytest.raises(Rejected, match="--as"):
        gallery.plan_copy("win_back", project)
    assert (
        project / "configs" / "journeys" / "come_back.yaml" in gallery.plan_copy("win_back", project, "come_back").files
    )
    with pytest.raises(NotFound, match="did you mean 'welcome'"):
        gallery.plan_copy("welcom", project)
    for wrong in ("", "../x", "Come", "come back"):
        with pytest.raises(Rejected, match="is no name of a journey"):
            gallery.plan_copy("win_back", project, wrong)


def test_a_campaign_brings_its_segment_and_whom_it_goes_in_the_name_of(project: Path) -> None:
    taken = gallery.plan_copy("franchise_promo", project)
    configs = project / "configs"
    assert configs / "campaigns" / "franchise_promo.yaml" in taken.files
    assert configs / "senders" / "franchises.csv" in taken.files
    added = {path.name: list(blocks) for path, blocks in taken.additions.items()}
    assert added["segments.yaml"] == ["customers_of_sender"]
    assert added["attributes.yaml"] == ["franchise_id"]
    assert added["senders.yaml"] == ["franchises"]


def test_the_tests_of_a_journey_go_along(project: Path) -> None:
    for name, exhibit in gallery.list_items().items():
        there = project / "configs" / "journeys" / "tests" / f"{name}.yaml"
        assert (there in gallery.plan_copy(name, project).files) == (exhibit.kind == "journey")


def test_an_exhibit_is_told_by_its_kind() -> None:
    kinds = {name: exhibit.kind for name, exhibit in gallery.list_items().items()}
    assert len(kinds) == 16
    assert [name for name, kind in kinds.items() if kind == "campaign"] == ["franchise_promo"]


def test_the_table_of_the_docs_is_in_step(tmp_path: Path) -> None:
    for folder in ("configs", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    exhibits = gallery.list_items()
    for name in exhibits.keys() - load_project(ROOT, {}).journeys.keys():
        gallery.plan_copy(name, tmp_path).write()
    project = load_project(tmp_path, {})
    rows = ROW.findall((ROOT / "docs" / "gallery.md").read_text())
    assert [(name, title) for name, title, *_ in rows] == [
        (exhibit.name, exhibit.title) for exhibit in exhibits.values()
    ]
    for name, _, key, value, channels in rows:
        said = YAML(typ="safe", pure=True).load(exhibits[name].file.read_text())
        assert key in said if exhibits[name].kind == "campaign" else said["enter"].get(key) == value, name
        published = project.journeys.get(name) or project.campaigns[name]
        assert {channel.replace("-", "").replace(" ", "").lower() for channel in channels.split(", ")} == set(
            used(published)
        ), name


def used(journey: Journey | Campaign) -> Iterator[str]:
    """The channels by which it reaches customers, or the shop."""
    for step in every(journey.steps):
        match step:
            case SendStep():
                yield from (channel_step.channel.value for channel_step in (step.cascade or journey.cascade).channels)
            case CallStep():
                yield "call"
            case WebhookStep():
                yield "webhook"


def every(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for arm in child_steps(step):
            yield from every(arm)
