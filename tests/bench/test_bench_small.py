"""The bench itself, small: what arrives is exact, and one run for all beats one run for each by far."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent
CUSTOMERS, EACH = 200, 2


@pytest.mark.bench
def test_one_run_for_all_is_many_times_faster(tmp_path: Path) -> None:
    """The bench fails by itself unless the sandbox has got one message for each customer and nothing else."""
    figures = tmp_path / "bench.json"
    command = [
        sys.executable,
        str(BENCH),
        "--customers",
        str(CUSTOMERS),
        "--each",
        str(EACH),
        "--json",
        "--to",
        str(figures),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said == json.loads(figures.read_text())
    assert said["customers"] == {"kaskad": CUSTOMERS, "prefect_run_each": EACH}
    assert said["flow_runs"] == {"kaskad": 1, "prefect_run_each": EACH}
    assert said["ratio"] > 20
