"""The bench itself, small: every part of it works, what arrives is exact, and one run for all beats one for each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parent
CUSTOMERS = 200
pytestmark = pytest.mark.bench


def _figures(folder: Path, *parts: str) -> dict[str, Any]:
    """What a small bench of these parts has found out; it fails by itself unless what arrived is exact."""
    to, only = folder / "bench.json", [word for part in parts for word in ("--only", part)]
    command = [sys.executable, str(BENCH), "--small", *only, "--json", "--to", str(to)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert said == json.loads(to.read_text())
    return said


def test_one_run_for_all_is_many_times_faster(tmp_path: Path) -> None:
    """All engines do the job, and Kaskad is far quicker than a Prefect run for each customer."""
    pytest.importorskip("dbos", reason="make bench installs the other engines")
    said = _figures(tmp_path, "engines")
    engines = {"kaskad", "kaskad_2_workers", "prefect_run_each", "pgqueuer", "procrastinate", "dbos", "bare_loop"}
    assert said["customers_per_s"].keys() == engines
    assert said["customers"]["kaskad"] == CUSTOMERS
    assert said["flow_runs"] == {"kaskad": 1, "kaskad_2_workers": 2, "prefect_run_each": 2}
    assert said["customers_per_s"]["kaskad"] > 20 * said["customers_per_s"]["prefect_run_each"]
    assert 20_000 < said["html_bytes"] < said["json_bytes"] < 30_000


def test_it_measures_how_the_stack_grows_and_answers(tmp_path: Path) -> None:
    """Locks, claims, events and triggers each have their figure."""
    said = _figures(tmp_path, "inside", "ingest", "reading", "growth")
    assert said["claim_ms"].keys() == {"1k", "2k"}
    assert said["inside"]["cpu_ms_per_customer"].keys() >= {"advance", "render", "look", "HTTP"}
    assert {name: 0 < ms["p99"] < 1_000 for name, ms in said["cart_seen_ms"].items()} == dict.fromkeys(
        ("quiet", "while events come in"), True
    )
    assert min(said["lock_p99_ms"], said["ingest_per_s"], said["trigger_p50_s"], *said["claim_ms"].values()) > 0


def test_it_measures_outages(tmp_path: Path) -> None:
    """Everybody is reached once, with one provider dead and one slow."""
    said = _figures(tmp_path, "outages")
    assert said["outages"]["emails_per_s"]["ill"] > 0
