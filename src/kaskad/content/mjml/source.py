"""MJML source with its includes inserted, and the file and offset of each character."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from kaskad.domain.errors import InvalidFiles, Problem

INCLUDE = re.compile(r"<mj-include\b([^>]*?)/?>(?:\s*</mj-include\s*>)?")
INCLUDED_PATH = re.compile(r"""\s*path\s*=\s*(["'])(?P<path>[^"']*)\1\s*""")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
MAX_INCLUDE_DEPTH = 8  # nested includes


@dataclass(frozen=True, slots=True)
class SourcePiece:
    """A part of the whole text that was copied from one file, where it begins at `offset`."""

    start: int
    path: Path
    content: str
    offset: int


@dataclass(frozen=True, slots=True)
class Source:
    """The whole text; its problems are reported at the file, line and column of the source."""

    text: str
    pieces: tuple[SourcePiece, ...]

    def problem(self, offset: int, text: str) -> Problem:
        """The problem at an offset of the whole text."""
        piece = self.pieces[bisect_right([piece.start for piece in self.pieces], offset) - 1]
        before = piece.content[: piece.offset + offset - piece.start]
        column = len(before) - (before.rfind("\n") + 1) + 1
        return Problem(piece.path.as_posix(), before.count("\n") + 1, column, text)

    def problem_in_line(self, line: int, needle: str, text: str) -> Problem:
        """The problem at `needle` in a line (from 1) of the whole text; at the line's start without it."""
        lines = self.text.split("\n")
        start = sum(len(each) + 1 for each in lines[: line - 1])
        within = lines[line - 1].find(needle) if 0 < line <= len(lines) else 0
        return self.problem(start + max(within, 0), text)


def read_source(path: Path) -> Source:
    """The file with its `mj-include`s inserted; they may name files of its own folder and of `_…` beside it.

    Raises InvalidFiles.
    """
    reader = _Reader(path.parent)
    reader.expand(path, depth=0)
    if reader.problems:
        raise InvalidFiles(reader.problems)
    return Source("".join(reader.chunks), tuple(reader.pieces))


def read_text(path: Path) -> str:
    """The file's text. Raises InvalidFiles if it is not UTF-8 or cannot be read."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidFiles([Problem(path.as_posix(), 1, 1, "is not written in UTF-8")]) from error
    except OSError as error:
        raise InvalidFiles([Problem(path.as_posix(), 1, 1, f"cannot be read: {error.strerror}")]) from error


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.pieces: list[SourcePiece] = []
        self.chunks: list[str] = []
        self.problems: list[Problem] = []
        self._folder = folder
        self._length = 0

    def expand(self, file: Path, depth: int) -> None:
        """Copies the file, with the included file in place of each include."""
        content = read_text(file)
        comments = [comment.span() for comment in COMMENT.finditer(content)]
        position = 0
        for include in INCLUDE.finditer(content):
            if any(start < include.start() < end for start, end in comments):
                continue
            self._copy(file, content, position, end=include.start())
            position = include.end()
            found = _resolve_include(file, self._folder, include[1], depth=depth)
            if isinstance(found, Path):
                self.expand(found, depth + 1)
            else:
                here = Source(content, (SourcePiece(0, file, content, 0),))
                self.problems.append(here.problem(include.start(), found))
        self._copy(file, content, position, end=len(content))

    def _copy(self, file: Path, content: str, start: int, *, end: int) -> None:
        self.pieces.append(SourcePiece(self._length, file, content, start))
        self.chunks.append(content[start:end])
        self._length += end - start


def _resolve_include(file: Path, folder: Path, attributes: str, *, depth: int) -> Path | str:
    """The file that an include names, or the text of the problem."""
    if not (written := INCLUDED_PATH.fullmatch(attributes)):
        return 'mj-include takes one attribute, path="…", in quotes; CSS stands in <mj-style> of such a file'
    target = Path(file.parent, written["path"])
    resolved, root = target.resolve(), folder.resolve().parent
    inside = resolved.relative_to(root).parts if resolved.is_relative_to(root) else ()
    if len(inside) < 2 or not (inside[0] == folder.resolve().name or inside[0].startswith("_")):
        return f"mj-include may not leave the message's folder and the shared ones: {written['path']}"
    if not resolved.is_file():
        return f"there is no file {written['path']} to include"
    if depth >= MAX_INCLUDE_DEPTH:
        return f"includes nest deeper than {MAX_INCLUDE_DEPTH}: {written['path']}"
    return Path(folder.parent, *inside)  # as a person would write it, beside the folder as it was given
