"""Where the stock clients are, which are no dependencies of ours: `make clients` installs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

HERE = ROOT / "tests" / "clients"
CACHE = ROOT / "build" / "clients"
NODE = CACHE / "node" / "node_modules"
PYTHON = {"rudder": CACHE / "rudder", "older_segment": CACHE / "older_segment"}


def install() -> None:
    """Installs every client in the version that its file pins."""
    for name, folder in PYTHON.items():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--upgrade"]
        subprocess.run([*pip, "--target", str(folder), "-r", str(HERE / f"{name}.txt")], check=True)
    if shutil.which("npm") is None:
        print("npm is not installed here: the clients for Node and browsers are left out")
        return
    NODE.parent.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(HERE / file, NODE.parent / file)
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    subprocess.run(npm, cwd=NODE.parent, check=True)


def missing(program: str, folder: Path) -> str:
    """What a client lacks here, in words; "" if it can run."""
    if shutil.which(program) is None:
        return f"{program} is not installed here"
    return "" if folder.is_dir() else "not installed: run `make clients`"
