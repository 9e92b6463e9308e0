"""`make crash`, small: a whole stack with Prefect is killed ten times, and keeps its promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.crash
KILLS, SENDS = 10, 500
PROMISES = ("duplicates", "late", "lost", "unclassified")


def test_a_stack_that_is_killed_ten_times(tmp_path: Path) -> None:
    counts = tmp_path / "crash.json"
    options = {"--kills": KILLS, "--sends": SENDS, "--seed": 4, "--to": counts}
    command = [sys.executable, "-m", "tests.crash", *(str(part) for pair in options.items() for part in pair)]
    done = subprocess.run([*command, "--json"], check=False, capture_output=True, text=True, timeout=240, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3_000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said == json.loads(counts.read_text())
    assert {name: said[name] for name in PROMISES} == dict.fromkeys(PROMISES, 0)
    assert (said["kills"], said["seed"]) == (KILLS, 4)
    assert said["sends"] >= SENDS
    assert said["unknown"] < said["most_unknown"]
