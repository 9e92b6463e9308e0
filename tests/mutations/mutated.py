"""A pytest plugin: the tests must import the copy beside them; what became of each is written to a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import Phase, settings

import kaskad


class Verdicts:
    """Which tests failed in their own words, and which could not run."""

    def __init__(self, to: Path) -> None:
        self.to = to
        self.passed: list[str] = []
        self.failed: list[str] = []
        self.broken: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            (self.failed if report.when == "call" else self.broken).append(report.nodeid)
        elif report.passed and report.when == "call":
            self.passed.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        report = {"passed": self.passed, "failed": self.failed, "broken": self.broken}
        self.to.write_text(json.dumps(report))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--verdicts", type=Path, required=True, help="the file for what became of the tests")


def pytest_configure(config: pytest.Config) -> None:
    if not Path(kaskad.__file__).is_relative_to(config.rootpath):
        raise pytest.UsageError(f"the tests import {kaskad.__file__}, which is not the copy in {config.rootpath}")
    settings.register_profile("mutated", phases=[Phase.explicit, Phase.generate])  # the first example will do
    settings.load_profile("mutated")
    config.pluginmanager.register(Verdicts(config.getoption("--verdicts")))
