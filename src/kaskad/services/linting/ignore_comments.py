"""`# lint: ignore RULE` in a journey's file: the author means it as written.

At the end of a line it holds for that line; on a line of its own, for the next line that is not empty or a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

COMMENT = re.compile(r"(?:^|\s)# *lint: *ignore +(?P<rules>[a-z_]+(?: *, *[a-z_]+)*)")


class IgnoreComments:
    """The rules that a file's comments ignore, and which comments were never needed."""

    def __init__(self, text: str) -> None:
        self._comments = dict(_comments(text.splitlines()))
        self._idle = dict(self._comments)

    def ignores(self, rule: str, line: int) -> bool:
        """Returns whether a comment ignores that rule in that line."""
        self._idle.pop((line, rule), None)
        return (line, rule) in self._comments

    def idle(self) -> list[tuple[int, str]]:
        """Returns the line of each comment that ignored nothing so far, and the rule that it names."""
        return sorted((comment, name) for (_, name), comment in self._idle.items())


def _comments(lines: list[str]) -> Iterator[tuple[tuple[int, str], int]]:
    """Yields the line and the rule that a comment ignores, and the comment's own line."""
    for number, line in enumerate(lines, start=1):
        if found := COMMENT.search(line):
            meant = _next_saying(lines, number) if line.lstrip().startswith("#") else number
            for name in found["rules"].split(","):
                yield (meant, name.strip()), number


def _next_saying(lines: list[str], number: int) -> int:
    following = enumerate(lines[number:], start=number + 1)
    return next((count for count, line in following if line.strip() and not line.lstrip().startswith("#")), number)
