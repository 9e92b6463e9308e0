"""Why a feed was not taken in: the closed list of codes, and the error."""

from __future__ import annotations

from enum import StrEnum

from kaskad.domain.errors import KaskadError


class FeedProblem(StrEnum):
    """Why nothing of a reading counts, or not all of it."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    MISPLACED = "misplaced"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BROKEN = "broken"
    EMPTY = "empty"
    SHRUNK = "shrunk"
    SOLD_OUT = "sold_out"
    PRICES = "prices"
    FAILED = "failed"


PROBLEM_MEANINGS = {
    FeedProblem.UNREACHABLE: "its server does not answer",
    FeedProblem.REFUSED: "its server answers with an error",
    FeedProblem.MISPLACED: "its address cannot be used",
    FeedProblem.TOO_LARGE: "it is larger than it may be",
    FeedProblem.TOO_SLOW: "it takes longer than it may",
    FeedProblem.BROKEN: "it cannot be read to its end",
    FeedProblem.EMPTY: "it holds no offer",
    FeedProblem.SHRUNK: "too many offers vanished at once",
    FeedProblem.SOLD_OUT: "too many offers sold out at once",
    FeedProblem.PRICES: "too many prices became ten times as high, or a tenth",
    FeedProblem.FAILED: "it could not be taken in",
}
TRANSIENT = frozenset({FeedProblem.UNREACHABLE, FeedProblem.TOO_SLOW, FeedProblem.FAILED})  # it may mend itself
UNLIKELY = frozenset({FeedProblem.SHRUNK, FeedProblem.SOLD_OUT, FeedProblem.PRICES})  # a person can say that it is so


class FeedRefused(KaskadError):
    """The feed counts for nothing this time: `code` says why, `str()` in a sentence."""

    def __init__(self, code: FeedProblem, detail: str) -> None:
        self.code = code
        super().__init__(detail)
