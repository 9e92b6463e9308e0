"""The watcher's state of a project: all problems of its files, and the last version without errors."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kaskad.domain.errors import InvalidFiles
from kaskad.services.links import Links
from kaskad.services.linting import lint
from kaskad.services.previews import content_checks
from kaskad.services.projects import loading
from kaskad.services.projects.loading import LoadedProject

WORST = ("error", "warning", "hint")


@dataclass(frozen=True, slots=True, order=True)
class ProblemNote:
    """One problem with its place. `name` is the rule or the check; it is empty for files that cannot be read."""

    rank: int
    place: str
    text: str
    name: str = ""
    fix: str = ""

    @property
    def severity(self) -> str:
        """The severity: error, warning or hint."""
        return WORST[self.rank]


@dataclass(slots=True)
class ProjectState:
    """The state of a project: `draft` is the last one without errors, `notes` are about the current files."""

    root: Path
    cache: Path
    links: Links
    draft: LoadedProject | None = None
    notes: list[ProblemNote] = field(default_factory=list)
    broken: bool = False
    shown: str = ""  # what was saved last: messages/cart_reminder, journeys/abandoned_cart
    looked_at: datetime | None = None

    async def check(self, now: datetime) -> None:
        """Reads and checks everything again, in its own thread."""
        await asyncio.to_thread(self._check, now)
        self.looked_at = now

    def follow(self, changed: Collection[str]) -> None:
        """Shows what was saved, if it is a message or a journey."""
        for path in sorted(changed):
            folder, _, rest = path.partition("/")
            name = rest.partition("/")[0]
            if folder == "templates" and not name.startswith("_"):
                self.shown = f"messages/{name}"
            elif path.startswith("configs/journeys/") and path.endswith(".yaml"):
                self.shown = f"journeys/{Path(path).stem}"

    def counts(self) -> Counter[str]:
        """The number of notes of each severity."""
        return Counter(note.severity for note in self.notes)

    def notes_for(self, shown: str) -> list[ProblemNote]:
        """All notes, the most severe first; within a severity, those about the shown item first."""
        return sorted(self.notes, key=lambda note: (note.rank, not _about(note, shown), note))

    def count_of(self, shown: str) -> int:
        """The number of notes about the files of one message or journey."""
        return sum(_about(note, shown) for note in self.notes)

    def _check(self, now: datetime) -> None:
        try:
            draft = loading.load_project_with(self.root, loading.message_folders(self.root), self.cache)
        except InvalidFiles as error:
            self.broken = True
            self.notes = [
                ProblemNote(0, f"{problem.path}:{problem.line}:{problem.column}", problem.text)
                for problem in error.problems
            ]
            return
        except OSError as error:  # removed while it was read, for example by `git checkout`
            self.broken, self.notes = (
                True,
                [ProblemNote(0, f"{error.filename}:1:1", f"cannot be read: {error.strerror}")],
            )
            return
        self.draft, self.broken = draft, False
        self.notes = sorted([*self._lint(draft, now), *self._content(draft, now)])

    def _lint(self, draft: LoadedProject, now: datetime) -> list[ProblemNote]:
        return [
            ProblemNote(
                WORST.index(remark.severity), f"{remark.path}:{remark.line}:{remark.column}", remark.text, remark.rule
            )
            for remark in lint(self.root, draft, now).remarks
        ]

    def _content(self, draft: LoadedProject, now: datetime) -> list[ProblemNote]:
        found = []
        for finding in content_checks.check_offline(draft, self.root, self.links, now=now):
            place = f"{finding.problem.path}:{finding.problem.line}:{finding.problem.column}"
            rank = WORST.index(finding.check.severity)
            found.append(ProblemNote(rank, place, finding.problem.text, finding.check.name, finding.check.fix))
        return found


def _about(note: ProblemNote, shown: str) -> bool:
    kind, _, name = shown.partition("/")
    return note.place.startswith(f"templates/{name}/" if kind == "messages" else f"configs/journeys/{name}.yaml:")
