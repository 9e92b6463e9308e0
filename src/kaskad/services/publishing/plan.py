"""What publishing is going to do: the plan, as people and machines read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kaskad.domain.journeys.version import Version
from kaskad.storage.publishing.versions import PublishedVersion

PlanState = Literal["new", "changed", "back", "proposed", "unchanged"]


@dataclass(frozen=True, slots=True)
class StepMigration:
    """So many people at one step, and where they go. `step` None: they wait to enter, or are at the end already.

    `to` is a step's id or `end`; None where they stay. `stranded`: the step is gone, and nothing says where they go;
    then `to` is where they would best go.
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
    """What becomes of one journey. `number` is that of the current version, None where there is none.

    `follow`: the older versions whose people go over; everybody else inside finishes as he began.
    `needs`: why a second person has to approve it first. `moved`: step that is gone → step in its place, or `end`.
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
        """Those of whom nobody has said where they go: while there are any, nothing can be published."""
        return tuple(one for one in self.stood if one.stranded)

    @property
    def to_do(self) -> bool:
        """Whether publishing would change anything."""
        return self.state in ("new", "changed", "back") or (self.state == "unchanged" and bool(self.follow))


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of everything.

    `ended`: journeys whose file is gone. `shop`: what else the files say that differs, by its name in the project; it
    counts for everybody at once.
    """

    journeys: tuple[JourneyPlan, ...]
    ended: tuple[str, ...] = ()
    shop: tuple[str, ...] = ()

    @property
    def to_do(self) -> bool:
        """Whether publishing would change anything."""
        return bool(self.ended or self.shop) or any(one.to_do for one in self.journeys)
