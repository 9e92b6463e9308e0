"""What applies to a customer now in any journey: which channels reach them, and what holds all messages back."""

from __future__ import annotations

from datetime import datetime

from kaskad.domain.channel import Channel
from kaskad.domain.decisions import send_policy
from kaskad.domain.decisions.facts import CustomerFacts
from kaskad.domain.decisions.send_check import EmergencyStops
from kaskad.domain.decisions.send_policy import Allow, Defer
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import Project
from kaskad.services.explaining.customer_history import ChannelReachability
from kaskad.services.reason_texts import reason_text
from kaskad.services.wording import format_time, join_words


def describe_reachability(someone: CustomerFacts, project: Project) -> tuple[ChannelReachability, ...]:
    """Returns each channel of the shop: whether marketing reaches the customer there, and about which topics not."""
    return tuple(_reach(someone, channel, project) for channel in project.channels)


def _reach(someone: CustomerFacts, channel: Channel, project: Project) -> ChannelReachability:
    double_opt_in = project.policy.double_opt_in
    why = send_policy.unreachable_reason(
        someone, channel, Purpose.MARKETING, topic=None, templates={channel}, double_opt_in=double_opt_in
    )
    if why:
        return ChannelReachability(channel, why, f"does not reach them with marketing: {reason_text(why)}")
    closed = [
        topic
        for topic in project.topics.values()
        if send_policy.unreachable_reason(someone, channel, Purpose.MARKETING, topic=topic, templates={channel})
        is not None
    ]
    refused = [topic.name for topic in closed if send_policy.has_said(someone, channel, topic)]
    missing = [topic.name for topic in closed if not send_policy.has_said(someone, channel, topic)]
    text = f"reaches them, but not about {join_words(refused, 'or')}" if refused else "reaches them"
    if missing:
        text += f"; their consent to {join_words(missing, 'and')} is missing: they have said neither yes nor no"
    return ChannelReachability(channel, None, text)


def describe_holds(
    someone: CustomerFacts, project: Project, stops: EmergencyStops, *, now: datetime
) -> tuple[str, ...]:
    """Returns what holds marketing back now: hours, caps, and active emergency stops."""
    found = []
    hours = send_policy.check_send_hours(project.policy, None, someone.zone, now=now)
    if isinstance(hours, Defer):
        found.append(f"quiet hours until {format_time(hours.until, someone.zone, now)}")
    for name in project.senders:
        verdict = send_policy.check_caps(project.policy.caps, someone, now, topic=None, sender=name)
        if not isinstance(verdict, Allow):
            until = f" until {format_time(verdict.until, someone.zone, now)}" if isinstance(verdict, Defer) else ""
            found.append(f"as many messages from '{name}' as the policy allows{until}")
    found += [f"an emergency stop is active: {' '.join(filter(None, stop))}" for stop in sorted(stops.scopes)]
    return tuple(found)
