"""The figures of a simulation: who entered, what was sent when and where, what was held and why, cost and load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.journeys.project import Project
from kaskad.services.simulation.results import SimulatedDecision, SimulatedEnrollment, SimulatedMessage


@dataclass(frozen=True, slots=True)
class JourneyFigures:
    """The figures of one journey. Counters are by reason, event, (message, channel) or (hour, channel).

    `hours` are on the shop's clock; `over`: the channels whose busiest hour exceeds their rate.
    """

    journey: str
    entered: int
    people: int
    refused: Counter[str]
    sent: Counter[tuple[str, str]]
    failed: Counter[tuple[str, str]]
    held: Counter[str]
    left: Counter[str]
    done: int
    inside: int
    cost: Decimal
    currency: str
    hours: Counter[tuple[datetime, str]]
    over: Mapping[str, int]

    @property
    def messages(self) -> int:
        """Returns how many messages would have been sent."""
        return sum(self.sent.values())

    def document(self) -> dict[str, Any]:
        """Returns the figures as JSON."""
        return {
            "journey": self.journey,
            "entered": self.entered,
            "people": self.people,
            "refused": dict(self.refused.most_common()),
            "messages": self.messages,
            "sent": [{"message": m, "channel": c, "count": n} for (m, c), n in sorted(self.sent.items())],
            "failed": [{"message": m, "channel": c, "count": n} for (m, c), n in sorted(self.failed.items())],
            "held": dict(self.held.most_common()),
            "left": dict(self.left.most_common()),
            "done": self.done,
            "inside": self.inside,
            "cost": str(self.cost),
            "currency": self.currency,
            "hours": [{"at": at.isoformat(), "channel": c, "count": n} for (at, c), n in sorted(self.hours.items())],
            "over_rate": dict(self.over),
        }


def build_figures(
    journey: str,
    project: Project,
    messages: Sequence[SimulatedMessage],
    *,
    decisions: Sequence[SimulatedDecision],
    passages: Sequence[SimulatedEnrollment],
) -> JourneyFigures:
    """Returns the figures of that journey."""
    went = [one for one in messages if one.journey == journey and one.went]
    told = [one for one in decisions if one.journey == journey]
    ways = [one for one in passages if one.journey == journey]
    zone = ZoneInfo(project.shop.time_zone)
    hours = Counter((one.at.astimezone(zone).replace(minute=0, second=0, microsecond=0), one.channel) for one in went)
    return JourneyFigures(
        journey=journey,
        entered=sum(one.kind == "entered" for one in told),
        people=len({one.customer for one in told if one.kind == "entered"}),
        refused=Counter(one.reason for one in told if one.kind == "refused" and one.reason),
        sent=Counter((one.message, one.channel) for one in went if one.status != "failed"),
        failed=Counter((one.message, one.channel) for one in went if one.status == "failed"),
        held=Counter(one.reason for one in told if one.kind in ("held", "dropped") and one.reason),
        left=Counter(one.left_by or "" for one in ways if one.status == "left"),
        done=sum(one.status == "done" for one in ways),
        inside=sum(one.status in ("active", "candidate") for one in ways),
        cost=sum((one.cost for one in went if one.status != "failed"), Decimal(0)),
        currency=project.shop.currency,
        hours=hours,
        over=_over_rate(project, hours),
    )


def _over_rate(project: Project, hours: Counter[tuple[datetime, str]]) -> dict[str, int]:
    """Returns channel → messages of its busiest hour, if they exceed an hour of its rate."""
    found = {}
    for channel, spec in project.channels.items():
        busiest = max((count for (_, name), count in hours.items() if name == channel), default=0)
        if spec.providers and busiest > spec.rate * 3_600:
            found[channel.value] = busiest
    return found
