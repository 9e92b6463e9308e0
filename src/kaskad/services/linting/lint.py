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
from kaskad.services.linting.ignore_comments import IgnoreComments
from kaskad.services.linting.rule import LintContext, MessageSummary, Severity
from kaskad.services.linting.rules import RULES
from kaskad.services.projects.loading import LoadedProject

UNUSED_COMMENT = "idle_comment"


@dataclass(frozen=True, slots=True, order=True)
class LintRemark:
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
class LintResult:
    """The findings in all journeys, by file and line; and how many of them the files ignore."""

    remarks: tuple[LintRemark, ...]
    ignored: int


def lint(root: Path, draft: LoadedProject, now: datetime, *, names: tuple[str, ...] = ()) -> LintResult:
    """Returns every remark on these journeys of the folder `root`, on all of them without names. Raises NotFound."""
    for name in names:
        if name not in draft.project.journeys:
            raise NotFound(unknown_name("journey", name, draft.project.journeys))
    files = JourneySourceMap(root)
    kept: list[LintRemark] = []
    ignored = 0
    for name in names or sorted(draft.project.journeys):
        said = list(find_remarks(name, draft, now, files=files))
        comments = IgnoreComments(files.text(name))
        left = [remark for remark in said if not comments.ignores(remark.rule, remark.line)]
        kept += [*left, *_unused_comments(files.path(name), comments)]
        ignored += len(said) - len(left)
    return LintResult(tuple(sorted(kept)), ignored)


def find_remarks(name: str, draft: LoadedProject, now: datetime, *, files: JourneySourceMap) -> Iterator[LintRemark]:
    """Yields the findings of all rules in one journey, ignored or not."""
    context = LintContext(draft.project.journeys[name], draft.project, summarize_messages(draft.compiled), now)
    for rule in RULES:
        for finding in rule.check(context):
            place = files.place(name, finding.at)
            yield LintRemark(place.path, place.line, place.column, rule.name, rule.severity, finding.text)


def summarize_messages(compiled: Mapping[str, CompiledMessage]) -> dict[str, MessageSummary]:
    """Returns what the rules know of each message."""
    return {
        name: MessageSummary(frozenset(message.variants), message.spec.topic, message.spec.purpose)
        for name, message in compiled.items()
    }


def _unused_comments(path: str, comments: IgnoreComments) -> Iterator[LintRemark]:
    """Yields comments that ignore nothing: such a comment would hide the next mistake in its line."""
    known = [rule.name for rule in RULES]
    for line, name in comments.idle():
        text = f"'{name}' has nothing against that line: remove the comment"
        if name not in known:
            text = unknown_name("rule", name, known)
        yield LintRemark(path, line, 1, UNUSED_COMMENT, Severity.WARNING, text)
