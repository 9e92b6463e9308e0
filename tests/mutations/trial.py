"""Trials: a copy of the project, one rule undone in it, and the tests that should notice."""

from __future__ import annotations

import asyncio
import compileall
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from py_compile import PycInvalidationMode

from tests.mutations.mutation import SOURCE, Mutation
from tests.support.paths import ROOT

NEEDED = (
    "src",
    "tests",
    "configs",
    "templates",
    "flows",
    "tasks",
    "deployments",
    ".kaskad/templates",
    "pyproject.toml",
)
PATIENCE = 120.0  # seconds; a test that hangs does not turn green either
SERVER = "KASKAD_TESTS_SERVER"
EXAMPLES = "2000"  # of what is found at random: the first that fails ends it


class Verdict(StrEnum):
    """What became of a mutation; only the first two are as they should be."""

    RED = "red"
    HANGS = "hangs"
    GREEN = "GREEN"  # it survived: no test holds the rule
    BROKEN = "BROKEN"  # the tests could not run: nothing is proved
    LOST = "LOST"  # the text to replace is not there, or more than once

    @property
    def caught(self) -> bool:
        """Whether a test noticed."""
        return self in (Verdict.RED, Verdict.HANGS)


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of pytest told."""

    verdict: Verdict
    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    seconds: float = 0.0
    said: str = field(default="", repr=False)

    def fit(self, test: str) -> bool:
        """Whether this test ran, and failed in no case."""
        return any(f"tests/{test}" in passed for passed in self.passed) and not any(
            f"tests/{test}" in o for o in self.failed
        )


@dataclass(frozen=True, slots=True)
class Copy:
    """A project of its own, for one trial at a time; `server` is the folder of the Postgres that all share."""

    root: Path
    server: Path

    @classmethod
    def made(cls, root: Path, server: Path) -> Copy:
        """All that the tests need, copied to `root`. What is compiled goes by content: edits come quickly here."""
        for name in NEEDED:
            origin, to = ROOT / name, root / name
            if origin.is_dir():
                shutil.copytree(origin, to, ignore=shutil.ignore_patterns("__pycache__"))
            elif origin.exists():
                shutil.copy2(origin, to)
        compileall.compile_dir(root / "src", quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        return cls(root, server)

    async def trial(self, mutation: Mutation) -> Ran:
        """Undoes the rule, runs its tests, and puts the rule back."""
        if mutation.found(self.root) != 1:
            return Ran(Verdict.LOST)
        with self._mutated(mutation):
            return await self.run(mutation.tests, "-x", own_server=mutation.changes_the_schema)

    @contextmanager
    def _mutated(self, mutation: Mutation) -> Iterator[None]:
        file = self.root / SOURCE / mutation.file
        before = file.read_bytes()
        mutation.undo(self.root)
        try:
            yield
        finally:
            file.write_bytes(before)

    async def run(
        self, tests: Sequence[str], *options: str, own_server: bool = False, patience: float = PATIENCE
    ) -> Ran:
        """Runs these tests on the copy as it stands."""
        verdicts, log = self.root / "verdicts.json", self.root / "pytest.log"
        verdicts.unlink(missing_ok=True)
        begun = time.monotonic()
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *(
                    sys.executable,
                    "-B",
                    "-m",
                    "pytest",
                    "-n",
                    "0",
                    "-p",
                    "no:cacheprovider",
                    "-p",
                    "tests.mutations.mutated",
                ),
                *("--verdicts", str(verdicts), *options, *(f"tests/{test}" for test in tests)),
                cwd=self.root,
                env=self._environment(own_server),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
            ended = await _ended(process, patience)
        seconds = time.monotonic() - begun
        if not ended:
            return Ran(Verdict.HANGS, seconds=seconds)
        report = json.loads(verdicts.read_text()) if verdicts.exists() else {}
        passed, failed = tuple(report.get("passed", ())), tuple(report.get("failed", ()))
        return Ran(_verdict(report), passed, failed, seconds, log.read_text(errors="replace"))

    def _environment(self, own_server: bool) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KASKAD_")}
        path = os.pathsep.join(map(str, (self.root / "src", self.root)))
        return (
            kept
            | {"PYTHONPATH": path, "KASKAD_EXAMPLES": EXAMPLES}
            | ({} if own_server else {SERVER: str(self.server)})
        )


def _verdict(report: Mapping[str, Sequence[str]]) -> Verdict:
    if report.get("failed"):
        return Verdict.RED
    return Verdict.GREEN if report.get("passed") and not report.get("broken") else Verdict.BROKEN


async def _ended(process: asyncio.subprocess.Process, patience: float) -> bool:
    """Whether it ended by itself in time; in any case it has ended now, with all that it started."""
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return True
