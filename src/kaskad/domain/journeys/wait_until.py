"""The end of a wait: a time on the customer's clock, or a duration after or before an instant."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import PathRef, ValueType
from kaskad.domain.model import Model

ENTER_PATH = "enter"  # the path that every enrollment has
FIXED_ROOTS = ("event", "order")  # their values come with the entry and do not change
PathValue = datetime | date | Decimal | bool | str | list[Any] | None  # the value of a path; None is unknown


class UntilClockTime(Model):
    """The next time that the customer's clock shows `at`, on that day of the week if one is given (Monday is 0)."""

    kind: Literal["clock"] = "clock"
    at: time
    weekday: Annotated[int | None, Field(ge=0, le=6)] = None


class UntilRelativeTime(Model):
    """A duration `after` or `before` the value of a path: a fixed duration, or a path that counts days of 24 hours."""

    kind: Literal["moment"] = "moment"
    by: Duration | PathRef
    side: Literal["after", "before"]
    path: str
    type: ValueType = ValueType.TIME  # or a date, which counts from its first instant

    def paths(self) -> dict[str, ValueType]:
        """The paths whose values are needed, with their types."""
        asked = {} if self.path == ENTER_PATH else {self.path: self.type}
        return asked | ({self.by.path: ValueType.NUMBER} if isinstance(self.by, PathRef) else {})

    @property
    def frozen(self) -> bool:
        """Whether no later event can change it."""
        return all(path.split(".")[0] in FIXED_ROOTS for path in self.paths())


Until = Annotated[UntilClockTime | UntilRelativeTime, Field(discriminator="kind")]
