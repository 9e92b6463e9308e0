"""Until when a wait lasts: an hour on the customer's own clock, or so long after or before something."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from kaskad.domain.journeys.condition import PathRef, ValueType
from kaskad.domain.model import Duration, Model

ENTER_PATH = "enter"  # the path that every enrollment knows of itself
FIXED_ROOTS = ("event", "order")  # what these say came with the entry
PathValue = datetime | date | Decimal | bool | str | list[Any] | None  # what a path says; None is unknown


class UntilClockTime(Model):
    """The next time that the customer's clock shows `at`, on that day of the week where one is named (Monday is 0)."""

    kind: Literal["clock"] = "clock"
    at: time
    weekday: Annotated[int | None, Field(ge=0, le=6)] = None


class UntilRelativeTime(Model):
    """So long `after` or `before` what a path says: a duration, or a path that counts days of 24 hours."""

    kind: Literal["moment"] = "moment"
    by: Duration | PathRef
    side: Literal["after", "before"]
    path: str
    type: ValueType = ValueType.TIME  # or a date, which begins with its first instant

    def paths(self) -> dict[str, ValueType]:
        """What has to be asked for, with its types."""
        asked = {} if self.path == ENTER_PATH else {self.path: self.type}
        return asked | ({self.by.path: ValueType.NUMBER} if isinstance(self.by, PathRef) else {})

    @property
    def frozen(self) -> bool:
        """Whether nothing that happens later moves it."""
        return all(path.split(".")[0] in FIXED_ROOTS for path in self.paths())


Until = Annotated[UntilClockTime | UntilRelativeTime, Field(discriminator="kind")]
