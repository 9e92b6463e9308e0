"""Finds the place in a template from which rendered text came."""

from __future__ import annotations

import re
from pathlib import Path

from kaskad.content.mjml.source import Source, SourcePiece, read_source, read_text
from kaskad.domain.errors import Problem

TAGS = {"subject": "<mj-title", "preheader": "<mj-preview", "html": "<mj-body", "text": "<mj-body"}


def locate_problem(path: Path, field: str, needle: str, *, text: str) -> Problem:
    """The problem at the needle in the field; if that is not found, at the field; else at the file's beginning."""
    if not path.is_file():
        return Problem(path.as_posix(), 1, 1, text)
    if path.suffix == ".mjml":
        source = read_source(path)
        start = max(source.text.find(TAGS.get(field, "<mj-body")), 0)
        found = source.text.find(needle, start) if needle else -1
        if found < 0 and needle:
            found = source.text.find(needle)  # colours are in the head
        return source.problem(found if found >= 0 else start, text)
    content = read_text(path)
    source = Source(content, (SourcePiece(0, path, content, 0),))
    key = re.search(rf"^{re.escape(field)}\s*:", content, re.MULTILINE)
    if key is None:
        return source.problem(0, text)
    after = re.compile(r"^\S", re.MULTILINE).search(content, key.end())
    found = content.find(needle, key.end(), after.start() if after else len(content)) if needle else -1
    return source.problem(found if found >= 0 else key.start(), text)
