"""Imports in tests: a map and a file, and the process that imports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kaskad.config.import_maps.reader import read_import_map
from kaskad.domain.duration import Duration
from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.journeys.project import Project
from kaskad.services.importing import dry_run, starting
from kaskad.services.importing.counts import Counts
from kaskad.services.importing.importer import Importer
from kaskad.services.importing.rejects import RejectsFile
from tests.support.stack import Stack

LONG = Duration(seconds=20 * 366 * 86_400)


def keeping_long(project: Project) -> Project:
    """The project with events that are kept for twenty years."""
    keep = project.policy.keep.model_copy(update={"events": LONG})
    return project.model_copy(update={"policy": project.policy.model_copy(update={"keep": keep})})


@dataclass
class Import:
    """One import into a stack. `rejects` is where its rejected rows are."""

    stack: Stack
    folder: Path
    kind: ImportKind
    mapped: str
    source: str = "store"
    files: Sequence[Path] = field(default_factory=list)

    @property
    def rejects(self) -> Path:
        return self.folder / "rejects"

    async def run(self, *, let_in: bool = False, resume: bool = False) -> Counts:
        """Imports all that is left of the files."""
        return await (await self.importer(let_in=let_in, resume=resume)).work()

    async def importer(self, *, let_in: bool = False, resume: bool = False) -> Importer:
        """What imports the files, before it has begun."""
        asked = self.asked()
        starting.check_files(asked, self.files)
        runtime = self.stack.runtime
        if resume:
            run = await starting.resume(runtime, asked, self.source, files=self.files)
        else:
            run = await starting.begin(runtime, asked, self.source, files=self.files, let_in=let_in)
        return Importer(runtime, run, asked, self.files, RejectsFile(self.rejects))

    async def try_it(self) -> dry_run.DryRun:
        """What the dry run says."""
        asked = self.asked()
        starting.check_files(asked, self.files)
        return await dry_run.try_import(self.stack.runtime, asked, self.source, files=self.files)

    def asked(self) -> Any:
        """The map, read."""
        path = self.folder / "map.yaml"
        path.write_text(self.mapped)
        return read_import_map(path, self.kind)


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """The file with this text."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path
