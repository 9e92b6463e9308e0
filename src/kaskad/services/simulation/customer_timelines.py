"""What lies ahead of each customer, and which of it can be taken together without changing any decision."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from kaskad.domain import cart
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.version import Version
from kaskad.services.simulation.script import ScriptEvent, Tick, align_to_tick

MERGE_SPAN = timedelta(hours=12)  # a trigger that is ingested later than this counts as late
RAISED_EVENTS = dict.fromkeys(cart.CART_EVENTS, ("cart_updated", "cart_emptied"))


@dataclass(frozen=True, slots=True)
class NextDue:
    """When a customer is due next, and whether the customer has a live enrollment."""

    at: datetime
    inside: bool


@dataclass(frozen=True, slots=True)
class EventSensitivity:
    """Which events cause decisions: after what quiet time an event triggers an entry, and which wake enrollments."""

    enters: Mapping[str, timedelta]
    wakes: frozenset[str]

    @classmethod
    def of(cls, versions: Iterable[Version]) -> EventSensitivity:
        """Returns the sensitivity of these journeys."""
        enters: dict[str, timedelta] = {}
        wakes: set[str] = set()
        for version in versions:
            wakes |= version.wakes_on()
            enter = version.journey.enter
            if isinstance(enter, EventTrigger):
                quiet = enter.quiet_for.shortest
                enters[enter.when] = min(quiet, enters.get(enter.when, quiet))
        return cls(enters, frozenset(wakes))

    def quiet(self, name: str) -> timedelta | None:
        """Returns the shortest quiet time after which the event triggers an entry; None if it triggers none."""
        found = [
            self.enters[event_name] for event_name in (name, *RAISED_EVENTS.get(name, ())) if event_name in self.enters
        ]
        return min(found) if found else None

    def woken(self, name: str) -> bool:
        """Returns whether the event wakes live enrollments."""
        return any(event_name in self.wakes for event_name in (name, *RAISED_EVENTS.get(name, ())))


@dataclass(slots=True)
class CustomerTimeline:
    """One customer: coming events and receipts, in order. `now` is how far the customer is."""

    customer: int
    now: datetime
    events: deque[tuple[datetime, ScriptEvent]] = field(default_factory=deque)
    told: list[tuple[datetime, int, Any]] = field(default_factory=list)
    again: int = 0  # decisions at this one time

    def next_at(self, due: NextDue | None, tick: Tick) -> datetime | None:
        """Returns the time of the customer's next event, receipt or decision."""
        following = [max(align_to_tick(due.at, tick), self.now)] if due else []
        following += [self.events[0][0]] if self.events else []
        following += [self.told[0][0]] if self.told else []
        return min(following, default=None)

    def tell(self, at: datetime, receipt: Any, number: int) -> None:
        """Adds a receipt; several at one time keep the order of their numbers."""
        heappush(self.told, (at, number, receipt))

    def take_events(
        self, until: datetime, due: NextDue | None, sensitivity: EventSensitivity, *, tick: Tick
    ) -> list[ScriptEvent]:
        """Takes the next events that may be ingested together: none later than a decision that has to come first."""
        horizon = min(until, self.told[0][0]) if self.told else until
        if due is not None:
            horizon = min(horizon, max(align_to_tick(due.at, tick), self.now))
        taken: list[ScriptEvent] = []
        while self.events and self.events[0][0] <= horizon:
            at, script_event = self.events.popleft()
            taken.append(script_event)
            self.now = max(self.now, at)
            if (quiet := sensitivity.quiet(script_event.event.name)) is not None:
                entered = align_to_tick(script_event.event.occurred_at + quiet, tick)
                horizon = min(horizon, max(at, entered), at + MERGE_SPAN)
            if due is not None and due.inside and sensitivity.woken(script_event.event.name):
                horizon = min(horizon, at)
        return taken

    def take_receipts(self, until: datetime, due: NextDue | None, tick: Tick) -> list[Any]:
        """Takes the receipts of the next time that has any; none if something else comes first."""
        if not self.told:
            return []
        at = self.told[0][0]
        before = [self.events[0][0]] if self.events else []
        decided = [max(align_to_tick(due.at, tick), self.now)] if due else []
        if at > until or any(moment <= at for moment in before) or any(moment < at for moment in decided):
            return []
        taken = []
        while self.told and self.told[0][0] == at:
            taken.append(heappop(self.told)[2])
        self.now = max(self.now, at)
        return taken

    def decides_at(self, until: datetime, due: NextDue | None, tick: Tick) -> datetime | None:
        """Returns when the customer is decided, if that comes next and before `until`."""
        if due is None:
            return None
        at = max(align_to_tick(due.at, tick), self.now)
        following = [*(event[0] for event in list(self.events)[:1]), *(receipt[0] for receipt in self.told[:1])]
        if at >= until or any(moment <= at for moment in following):
            return None
        return at


def build_timelines(
    owners: Sequence[int], happened: Sequence[ScriptEvent], start: datetime, *, tick: Tick
) -> dict[int, CustomerTimeline]:
    """Returns a timeline for each customer of these events, which are in order."""
    found: dict[int, CustomerTimeline] = {}
    for customer, script_event in zip(owners, happened, strict=True):
        timeline = found.get(customer)
        if timeline is None:
            timeline = found[customer] = CustomerTimeline(customer, start)
        timeline.events.append((align_to_tick(script_event.event.occurred_at, tick), script_event))
    return found
