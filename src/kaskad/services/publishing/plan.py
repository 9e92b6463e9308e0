"""The plan: what publishing will do, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kaskad.domain.journeys.version import Version
from kaskad.storage.publishing.versions import PublishedVersion

PlanState = Literal["new", "changed", "back", "proposed", "unchanged"]


@dataclass(frozen=True, slots=True)
class StepMigration:
    """A number of customers at one step, and where they go. `step` None: they wait to enter, or are at the end already.

    `to` is a step's id or `end`; None if they stay. `stranded`: the step was removed and nothing says where they go;
    then `to` is the best target.
    """

    version: int
    step: str | None
    words: str
    people: int
    to: str | None = None
    to_words: str = ""
    stranded: bool = False


@dataclass(frozen=True, slots=True)
class JourneyPlan:
    """What happens to one journey. `number` is that of the current version, None if there is none.

    `follow`: the older versions whose enrollments move; all others finish as they began.
    `needs`: why a second person has to approve it first. `moved`: removed step → step in its place, or `end`.
    """

    name: str
    state: PlanState
    version: Version
    number: int | None = None
    changes: tuple[str, ...] = ()
    inside: int = 0
    stood: tuple[StepMigration, ...] = ()
    follow: tuple[PublishedVersion, ...] = ()
    needs: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def stranded(self) -> tuple[StepMigration, ...]:
        """Returns the customers without a target step: while there are any, nothing can be published."""
        return tuple(one for one in self.stood if one.stranded)

    @property
    def to_do(self) -> bool:
        """Returns whether publishing would change anything."""
        return self.state in ("new", "changed", "back") or (self.state == "unchanged" and bool(self.follow))


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to the whole project.

    `ended`: journeys whose file was removed. `shop`: other changes in the files, by their name in the project; they
    count for all customers at once.
    """

    journeys: tuple[JourneyPlan, ...]
    ended: tuple[str, ...] = ()
    shop: tuple[str, ...] = ()

    @property
    def to_do(self) -> bool:
        """Returns whether publishing would change anything."""
        return bool(self.ended or self.shop) or any(one.to_do for one in self.journeys)
