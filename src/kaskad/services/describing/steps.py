"""Steps in a few words, and the conditions of their branches."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from typing import assert_never

from kaskad.config.yaml.problem_text import format_percent
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import CascadeOrder
from kaskad.domain.journeys.condition import PathRef
from kaskad.domain.journeys.step import (
    CallStep,
    ChooseStep,
    LeaveStep,
    SendStep,
    SetStep,
    SplitStep,
    StartStep,
    Step,
    WaitForStep,
    WaitStep,
    WebhookStep,
)
from kaskad.domain.journeys.wait_until import ENTER_PATH, UntilClockTime, UntilRelativeTime
from kaskad.services.describing import conditions
from kaskad.services.wording import channel_label, format_duration, join_words

ORDER_TEXTS: Mapping[CascadeOrder, str] = {  # after the channels of a cascade, unless tried as written
    CascadeOrder.FIXED: "",
    CascadeOrder.CHEAPEST: " (the cheapest first)",
    CascadeOrder.PREFERRED: " (first the one that the customer answered in last)",
}


def describe_step(step: Step) -> str:
    """Returns the step in a few words: "wait until 3 days after entering"."""
    match step:
        case SendStep():
            return _send(step)
        case CallStep():
            return (
                f"{_if(step)}'{step.team}' calls with the script '{step.script}', within {format_duration(step.within)}"
            )
        case WaitStep():
            return f"wait {describe_until(step.until) if step.until else format_duration(step.for_ or Duration())}"
        case WaitForStep():
            return f"wait until {describe_awaited(step)}, for {format_duration(step.up_to)} at the most"
        case ChooseStep():
            return "choose"
        case SplitStep():
            return f"split '{step.name}'{', judged by the goal' if step.judge else ''}"
        case SetStep():
            changes = [f"customer.{change.attribute} to {_value(change.value)}" for change in step.assignments]
            return f"set {join_words(changes)}"
        case WebhookStep():
            return f"tell the webhook '{step.webhook}'"
        case StartStep():
            return f"start the journey '{step.journey}'"
        case LeaveStep():
            return f"leave the journey{f': {step.why}' if step.why else ''}"
    assert_never(step)


def describe_branches(step: Step) -> Sequence[str]:
    """Returns the condition of each branch of the step in words, in the order of the file."""
    match step:
        case ChooseStep():
            return [*(f"if {conditions.describe_all(branch.if_)}" for branch in step.branches), "otherwise"]
        case WaitForStep():
            return ["when it has happened", f"after {format_duration(step.up_to)} without it"]
        case SplitStep():
            return [f"{path.name}: {format_percent(path.share)}" for path in step.paths]
    return ()


def describe_until(until: UntilClockTime | UntilRelativeTime) -> str:
    """Returns "until 7 days before customer.points.next_expiry.at", "until the next Saturday 11:00"."""
    if isinstance(until, UntilClockTime):
        day = f"{calendar.day_name[until.weekday]} " if until.weekday is not None else ""
        return f"until the next {day}{until.at:%H:%M}"
    by = f"{until.by.path} days" if isinstance(until.by, PathRef) else format_duration(until.by)
    return f"until {by} {until.side} {'entering' if until.path == ENTER_PATH else until.path}"


def describe_awaited(step: WaitForStep) -> str:
    """Returns what the step waits for: "'meet_us' was clicked"."""
    if step.message:
        return f"'{step.message.message}' was {step.message.was}"
    return f"the customer has {conditions.describe_event(step.event)}" if step.event else "something happens"


def _send(step: SendStep) -> str:
    parts = [f"{_if(step)}send '{step.message}'"]
    if step.cascade:
        channel_steps = ", then ".join(channel_label(channel_step.channel) for channel_step in step.cascade.channels)
        parts.append(f" by {channel_steps}{ORDER_TEXTS[step.cascade.order]}")
    if step.sender:
        parts.append(f" in the name of '{step.sender}'")
    if step.together:
        parts.append(f"; one for all within {format_duration(step.together)}")
    if step.relevant_for:
        parts.append(f"; stale after {format_duration(step.relevant_for)}")
    return "".join(parts)


def _if(step: SendStep | CallStep) -> str:
    return f"if {conditions.describe_all(step.if_)}: " if step.if_ else ""


def _value(value: object) -> str:
    match value:
        case PathRef():
            return value.path
        case bool():
            return "yes" if value else "no"
        case tuple():
            return join_words([str(part) for part in value])
    return str(value)
