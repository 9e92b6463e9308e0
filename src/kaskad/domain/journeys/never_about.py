"""For how long after a purchase nothing is written about it: the policy's rule, and how a journey narrows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import model_validator

from kaskad.domain.duration import Duration
from kaskad.domain.model import Model


class Relation(StrEnum):
    """What a purchase is to the product that a message is about."""

    SAME = "same"  # the very product
    SIMILAR = "similar"  # its like
    AGAIN = "again"  # the very product, and one of those that people buy again


class NeverAbout(Model):
    """For so long after a purchase nothing about the very product, its like, or what people buy again.

    None asks nothing: without `again`, what people buy again is like everything else.
    """

    same: Duration
    similar: Duration | None = None
    again: Duration | None = None
    bought_again: tuple[str, ...] = ()  # categories of what people buy again; besides products with `refill_days`

    @model_validator(mode="before")
    @classmethod
    def _as_one_duration(cls, said: Any) -> Any:
        """Reads an old rule: one duration, for the very product and its like."""
        if isinstance(said, Duration) or (isinstance(said, Mapping) and said.keys() & {"seconds", "days"}):
            return {"same": said, "similar": said}
        return said

    def within(self, relation: Relation) -> timedelta | None:
        """How long such a purchase counts; None if it does not."""
        window: Duration | None = getattr(self, relation.value)
        return window.as_timedelta if window else None

    @property
    def longest(self) -> timedelta:
        """How far back purchases are asked for."""
        return max(window.longest for window in (self.same, self.similar, self.again) if window)


class NarrowedNeverAbout(Model):
    """What one journey asks for a shorter time than the policy, or not at all; None is as in the policy."""

    same: Duration | Literal["nothing"] | None = None
    similar: Duration | Literal["nothing"] | None = None
    again: Duration | Literal["nothing"] | None = None


def purchase_counts_for(
    relation: Relation, rule: NeverAbout, narrowed: NarrowedNeverAbout | None = None
) -> timedelta | None:
    """How long such a purchase counts in a journey; None if it does not. Whichever of the two is shorter holds."""
    whole = rule.within(relation)
    own = getattr(narrowed, relation.value) if narrowed else None
    if whole is None or own == "nothing":
        return None
    return min(whole, own.as_timedelta) if isinstance(own, Duration) else whole
