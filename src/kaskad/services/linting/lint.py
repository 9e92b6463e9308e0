"""`lint`: every finding of every rule at its line and column, without those that the files themselves ignore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kaskad.config import JourneySourceMap
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.content import CompiledMessage
from kaskad.domain.errors import NotFound
from kaskad.services.authoring.workshop import Draft
from kaskad.services.linting.ignoring import Ignored
from kaskad.services.linting.rule import Letter, Severity, Subject
from kaskad.services.linting.rules import RULES

IDLE = "idle_comment"


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """A finding at its place. `str()` is a line for people."""

    path: str
    line: int
    column: int
    rule: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.severity} {self.rule}: {self.text}"


@dataclass(frozen=True, slots=True)
class Linted:
    """What the journeys have against them, by file and line; and how much of it the files ignore."""

    remarks: tuple[Remark, ...]
    ignored: int


def lint(root: Path, draft: Draft, now: datetime, names: tuple[str, ...] = ()) -> Linted:
    """Every remark on these journeys of the folder `root`, on all of them unless named. Raises NotFound."""
    for name in names:
        if name not in draft.project.journeys:
            raise NotFound(f"there is no journey '{name}' in {root / 'configs' / 'journeys'}")
    files = JourneySourceMap(root)
    kept: list[Remark] = []
    ignored = 0
    for name in names or sorted(draft.project.journeys):
        said = list(remarks(name, draft, now, files))
        comments = Ignored(files.text(name))
        left = [remark for remark in said if not comments.ignores(remark.rule, remark.line)]
        kept += [*left, *_idle(files.path(name), comments)]
        ignored += len(said) - len(left)
    return Linted(tuple(sorted(kept)), ignored)


def remarks(name: str, draft: Draft, now: datetime, files: JourneySourceMap) -> Iterator[Remark]:
    """What the rules say of one journey, whether it is ignored or not."""
    subject = Subject(draft.project.journeys[name], draft.project, letters(draft.compiled), now)
    for rule in RULES:
        for finding in rule.check(subject):
            place = files.place(name, finding.at)
            yield Remark(place.path, place.line, place.column, rule.name, rule.severity, finding.text)


def letters(compiled: Mapping[str, CompiledMessage]) -> dict[str, Letter]:
    """What the rules know of each message."""
    return {
        name: Letter(frozenset(message.variants), message.spec.topic, message.spec.purpose)
        for name, message in compiled.items()
    }


def _idle(path: str, comments: Ignored) -> Iterator[Remark]:
    """A comment that ignores nothing hides the next mistake in its line."""
    known = [rule.name for rule in RULES]
    for line, name in comments.idle():
        text = f"'{name}' has nothing against that line: remove the comment"
        if name not in known:
            text = unknown_name("rule", name, known)
        yield Remark(path, line, 1, IDLE, Severity.WARNING, text)
