"""The tree of errors.

KaskadError
├── ProjectNotFound      no folder upward holds configs/
├── InvalidFiles         what marketers wrote cannot be used; carries every `Problem`
├── TemplateError        a template cannot be compiled or rendered
├── Forged               a webhook or a link whose signature does not hold
├── NotFound             no such journey, customer, message
├── Rejected             a request that can be read but not followed
└── Unavailable          the database or another part cannot be reached: nothing was done
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class KaskadError(Exception):
    """The root: everything raised on purpose. `str()` is one sentence for people."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in one file: `path:line:column: text`. Lines and columns count from 1."""

    path: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.text}"


class InvalidFiles(KaskadError):
    """Every problem of every file, so that a marketer mends them in one go."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class ProjectNotFound(KaskadError):
    """No folder upward from here holds `configs/`."""


class TemplateError(KaskadError):
    """A template cannot be compiled or rendered; says which file, and the line where one is known."""


class InvalidSignature(KaskadError):
    """A signature does not hold: nothing of the request may be believed."""


class NotFound(KaskadError):
    """What was named does not exist."""


class Rejected(KaskadError):
    """A request that can be read but not followed; says what would be right."""


class Unavailable(KaskadError):
    """A part that is needed cannot be reached. Nothing was done; asking again is safe."""
