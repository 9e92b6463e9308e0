"""Blanks and line breaks of texts without markup."""

from __future__ import annotations

import re

# A single space is no match: every word of every message would match. A no-break space stays: it joins "1 990 ₽".
_BLANKS = re.compile(r"[^\S\u00a0\u202f]{2,}|[^\S\u00a0\u202f ]")


def join_lines(text: str) -> str:
    """The text with every run of blanks and line breaks as one space."""
    return _BLANKS.sub(" ", text)


def tidy_blanks(text: str) -> str:
    """The text with single blanks, none around line breaks, and one empty line between paragraphs at the most."""
    text = _collapse(text.replace("\t", " ").replace("\r", " "), "  ", " ")
    lines = "\n".join([line.strip(" ") for line in text.split("\n")])
    return _collapse(lines, "\n\n\n", "\n\n").strip()


def _collapse(text: str, many: str, single: str) -> str:
    """The text without repetitions. It uses no regular expression, because this runs for every message."""
    while many in text:
        text = text.replace(many, single)
    return text
