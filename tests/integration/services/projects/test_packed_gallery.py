"""What is installed out of a wheel brings the gallery along."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.paths import ROOT


def run(*arguments: str, folder: Path, path: str = "") -> str:
    """What the command says; it must succeed."""
    environment = {**os.environ, "PYTHONPATH": path}
    ended = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_wheel_has_the_gallery_and_the_shop_that_it_takes_from(tmp_path: Path) -> None:
    run("hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist"), folder=ROOT)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    (tmp_path / "shop" / "configs").mkdir(parents=True)
    listed = run("kaskad.cli.main", "new", "--list", folder=tmp_path / "shop", path=str(installed))
    assert "franchise_promo" in listed
    taken = run("kaskad.cli.main", "new", "--from", "win_back", folder=tmp_path / "shop", path=str(installed))
    assert "wrote configs/journeys/tests/win_back.yaml" in taken
    assert "wrote configs/codes/comeback10.csv" in taken
    for kind in ("configs", "templates"):
        ours = {path.relative_to(ROOT) for path in (ROOT / kind).rglob("*") if path.is_file()}
        assert ours == {
            path.relative_to(installed / "kaskad" / "gallery" / "shop")
            for path in (installed / "kaskad" / "gallery" / "shop" / kind).rglob("*")
            if path.is_file()
        }
