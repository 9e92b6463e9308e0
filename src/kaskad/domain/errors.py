"""The tree of errors.

KaskadError
├── ProjectNotFound      no folder upward holds configs/
├── InvalidFiles         the files of marketers cannot be used; has every `Problem`
├── TemplateError        a template cannot be compiled or rendered
├── InvalidSignature     a webhook or a link with an invalid signature
├── NotFound             no such journey, customer, message
├── Rejected             a request that can be read but not carried out
│   └── Conflict         a request that what is stored now does not allow
└── Unavailable          the database or another part cannot be reached: nothing was changed
    └── WrongSuppressionKey  the suppression key is not the database's: nobody can tell which addresses are closed
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class KaskadError(Exception):
    """The root: everything raised on purpose. `str()` is one sentence for people.

    `problem` is a word for programs, where they have to tell errors of one class apart: `promo-expired`.
    """

    problem: str = ""

    @property
    def members(self) -> Mapping[str, Any]:
        """What programs are told beside the sentence: members of the problem's JSON."""
        return {}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem in one file: `path:line:column: text`. Lines and columns count from 1."""

    path: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.text}"


class InvalidFiles(KaskadError):
    """Every problem of every file, so that a marketer can fix all of them at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class ProjectNotFound(KaskadError):
    """No folder from here upward contains `configs/`."""


class TemplateError(KaskadError):
    """A template cannot be compiled or rendered; names the file, and the line if it is known."""


class InvalidSignature(KaskadError):
    """A signature is invalid: no part of the request can be trusted."""


class NotFound(KaskadError):
    """The named object does not exist."""


class Rejected(KaskadError):
    """A request that can be read but not carried out; the text says what would be right."""


class Conflict(Rejected):
    """A request that what is stored now does not allow: repeating it as it is does not help."""


class Unavailable(KaskadError):
    """A required part cannot be reached. Nothing was changed; it is safe to repeat the request."""


class WrongSuppressionKey(Unavailable):
    """The suppression key is not the one that the database was made with: nothing is sent, no address is stored."""

    def __init__(self) -> None:
        super().__init__(
            "the suppression key is not the one that this database was made with: nothing is sent. Restore the file"
            " `suppression-key` from the backup, or set KASKAD_SUPPRESSION_KEY to what it was"
        )
