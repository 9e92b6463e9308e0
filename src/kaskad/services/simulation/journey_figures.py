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
    went = [message for message in messages if message.journey == journey and message.went]
    own_decisions = [decision for decision in decisions if decision.journey == journey]
    ways = [enrollment for enrollment in passages if enrollment.journey == journey]
    zone = ZoneInfo(project.shop.time_zone)
    hours = Counter(
        (message.at.astimezone(zone).replace(minute=0, second=0, microsecond=0), message.channel) for message in went
    )
    return JourneyFigures(
        journey=journey,
        entered=sum(decision.kind == "entered" for decision in own_decisions),
        people=len({decision.customer for decision in own_decisions if decision.kind == "entered"}),
        refused=Counter(
            decision.reason for decision in own_decisions if decision.kind == "refused" and decision.reason
        ),
        sent=Counter((message.message, message.channel) for message in went if message.status != "failed"),
        failed=Counter((message.message, message.channel) for message in went if message.status == "failed"),
        held=Counter(
            decision.reason for decision in own_decisions if decision.kind in ("held", "dropped") and decision.reason
        ),
        left=Counter(enrollment.left_by or "" for enrollment in ways if enrollment.status == "left"),
        done=sum(enrollment.status == "done" for enrollment in ways),
        inside=sum(enrollment.status in ("active", "candidate") for enrollment in ways),
        cost=sum((message.cost for message in went if message.status != "failed"), Decimal(0)),
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
