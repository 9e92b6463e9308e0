"""What came of reading a feed, as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kaskad.services.feeds.comparing import FeedRemark
from kaskad.services.feeds.problems import FeedProblem


@dataclass(frozen=True, slots=True)
class FeedResult:
    """One reading. `same`: the document had not changed. `problem` and `detail` say why nothing counts.

    `changed` offers said something new; `gone` vanished, and are out of stock; `faults` are no offers.
    `busy`: another worker reads the feed, so nothing was done.
    """

    feed: str
    offers: int = 0
    changed: int = 0
    gone: int = 0
    faults: int = 0
    remarked: int = 0
    same: bool = False
    busy: bool = False
    problem: FeedProblem | None = None
    detail: str = ""
    remarks: Sequence[FeedRemark] = ()
    told_at: datetime | None = None
    unsure: bool = False  # what is not in it may be there: nothing counts as gone

    def counts(self) -> dict[str, int]:
        """The numbers, as they are stored."""
        return {
            "offers": self.offers,
            "changed": self.changed,
            "gone": self.gone,
            "faults": self.faults,
            "remarked": self.remarked,
        }

    def describe(self) -> str:
        """One sentence about it, which begins with the feed's name."""
        if self.busy:
            return f"{self.feed}: another worker reads it."
        if self.problem:
            return f"{self.feed}: not taken in, {self.detail}."
        if self.same:
            return f"{self.feed}: as it was."
        words = [f"{self.changed:,} of {self.offers:,} offers changed"]
        words += [f"{self.gone:,} vanished"] if self.gone else []
        words += [f"{self.faults:,} could not be read"] if self.faults else []
        words += ["what vanished is left as it was, because quotation marks do not match"] if self.unsure else []
        return f"{self.feed}: {', '.join(words)}."
