"""MJML source with its includes in place, which still knows where each character was written."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from kaskad.domain.errors import InvalidFiles, Problem

INCLUDE = re.compile(r"<mj-include\b([^>]*?)/?>(?:\s*</mj-include\s*>)?")
INCLUDED_PATH = re.compile(r"""\s*path\s*=\s*(["'])(?P<path>[^"']*)\1\s*""")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
DEEPEST = 8  # includes in includes


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the whole that was copied from one file, beginning at `offset` there."""

    start: int
    path: Path
    content: str
    offset: int


@dataclass(frozen=True, slots=True)
class Source:
    """The whole text; problems in it are told at the file, line and column where it was written."""

    text: str
    pieces: tuple[Piece, ...]

    def problem(self, offset: int, text: str) -> Problem:
        """The problem at an offset of the whole text."""
        piece = self.pieces[bisect_right([piece.start for piece in self.pieces], offset) - 1]
        before = piece.content[: piece.offset + offset - piece.start]
        column = len(before) - (before.rfind("\n") + 1) + 1
        return Problem(piece.path.as_posix(), before.count("\n") + 1, column, text)

    def problem_in_line(self, line: int, needle: str, text: str) -> Problem:
        """The problem at `needle` in a line (from 1) of the whole text; at the line's start without it."""
        lines = self.text.splitlines(keepends=True)
        start = sum(map(len, lines[: line - 1]))
        within = lines[line - 1].find(needle) if 0 < line <= len(lines) else 0
        return self.problem(start + max(within, 0), text)


def read_source(path: Path) -> Source:
    """The file with its `mj-include`s in place, which may name files of its own folder and of `_…` beside it.

    Raises InvalidFiles.
    """
    pieces: list[Piece] = []
    chunks: list[str] = []
    problems: list[Problem] = []

    def copy(piece_path: Path, content: str, start: int, end: int) -> None:
        pieces.append(Piece(sum(map(len, chunks)), piece_path, content, start))
        chunks.append(content[start:end])

    def expand(file: Path, depth: int) -> None:
        content = file.read_text("utf-8")
        comments = [comment.span() for comment in COMMENT.finditer(content)]
        position = 0
        for include in INCLUDE.finditer(content):
            if any(start < include.start() < end for start, end in comments):
                continue
            copy(file, content, position, include.start())
            position = include.end()
            found = _included(file, path.parent, include[1], depth)
            if isinstance(found, Path):
                expand(found, depth + 1)
            else:
                whole = Source("", (Piece(0, file, content, 0),))
                problems.append(whole.problem(include.start(), found))
        copy(file, content, position, len(content))

    expand(path, 0)
    if problems:
        raise InvalidFiles(problems)
    return Source("".join(chunks), tuple(pieces))


def _included(file: Path, folder: Path, attributes: str, depth: int) -> Path | str:
    """The file that an include names, or what is wrong with it."""
    if not (written := INCLUDED_PATH.fullmatch(attributes)):
        return 'mj-include takes one attribute: path="…"'
    target = Path(file.parent, written["path"])
    resolved, root = target.resolve(), folder.resolve().parent
    inside = resolved.relative_to(root).parts if resolved.is_relative_to(root) else ()
    if len(inside) < 2 or not (inside[0] == folder.resolve().name or inside[0].startswith("_")):
        return f"mj-include may not leave the message's folder and the shared ones: {written['path']}"
    if not resolved.is_file():
        return f"there is no file {written['path']} to include"
    if depth >= DEEPEST:
        return f"includes nest deeper than {DEEPEST}: {written['path']}"
    return _shown(folder, inside)


def _shown(folder: Path, inside: tuple[str, ...]) -> Path:
    """The path as a person would write it, beside the folder as it was given."""
    return Path(folder.parent, *inside)
