"""Rules about how many messages one customer gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.step import CallStep, SendStep, Step, WaitStep
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity
from kaskad.services.projects.step_paths import earliest_after_wait, step_branches

SPANS = {"day": timedelta(days=1), "week": timedelta(days=7)}
MAX_PATHS = 64  # of a journey with many branches, the paths that send most and soonest
Times = tuple[timedelta, ...]  # of the messages on one path through the journey, counted from entering


def _capped_out(context: LintContext) -> Iterator[Finding]:
    for cap in context.project.policy.caps:
        mine = _most_messages(context, cap) if _loses(context, cap) else 0
        if mine > cap.at_most:
            text = f"sends {_messages(mine)} within a {cap.per}, and the cap of policy.yaml is {_describe_cap(cap)}"
            yield Finding(("steps",), text)
        elif mine:
            yield from _with_others(context, cap, mine)


def _with_others(context: LintContext, cap: Cap, mine: int) -> Iterator[Finding]:
    """Yields the journeys that may go first and leave too little of the cap for this one."""
    for other in context.project.journeys.values():
        if cap.each and other.sender != context.journey.sender:
            continue
        theirs = _most_messages(replace(context, journey=other), cap) if _goes_first(other, context.journey) else 0
        if 0 < theirs <= cap.at_most < theirs + mine:
            turn = "which goes first" if other.priority > context.journey.priority else "of the same priority"
            text = f"sends {_messages(mine)} within a {cap.per} and '{other.name}', {turn}, sends {theirs}: "
            yield Finding(("priority",), f"{text}together more than the cap of policy.yaml, {_describe_cap(cap)}")


def _loses(context: LintContext, cap: Cap) -> bool:
    """Returns whether a message that the cap holds is lost, or stale before there is room again."""
    stale = (step.relevant_for for _, step in context.sends() if step.relevant_for)
    return cap.over == "skip" or any(limit.longest < SPANS[cap.per] for limit in stale)


def _goes_first(journey: Journey, other: Journey) -> bool:
    """Compares by priority, then by name, so that a pair is reported once."""
    return (-journey.priority, journey.name) < (-other.priority, other.name)


def _most_messages(context: LintContext, cap: Cap) -> int:
    """Returns the most messages that the journey sends to one customer within the cap's time, without fallbacks."""
    if context.journey.purpose is not Purpose.MARKETING:
        return 0
    ways = _send_paths(context, cap, context.journey.steps, before=((),), passed=timedelta())
    return max((_most_within(times, SPANS[cap.per]) for times, _ in ways), default=0)


def _most_within(times: Times, span: timedelta) -> int:
    return max((sum(first <= each < first + span for each in times) for first in times), default=0)


def _send_paths(
    context: LintContext, cap: Cap, steps: Sequence[Step], *, before: Sequence[Times], passed: timedelta
) -> list[tuple[Times, timedelta]]:
    """Returns each path through the steps: when it sends, and the time passed at its end, with the shortest waits."""
    ways = [(times, passed) for times in before]
    for step in steps:
        ways = list(dict.fromkeys(way for each in ways for way in _through(context, cap, step, way=each)))
        ways = sorted(ways, key=lambda way: (-len(way[0]), way[1]))[:MAX_PATHS]
    return ways


def _through(
    context: LintContext, cap: Cap, step: Step, *, way: tuple[Times, timedelta]
) -> list[tuple[Times, timedelta]]:
    times, passed = way
    if isinstance(step, SendStep | CallStep):
        counted = context.purpose(step) is Purpose.MARKETING and cap.topic in (None, context.topic(step))
        return [((*times, passed), passed) if counted else way]
    if isinstance(step, WaitStep):
        return [(times, earliest_after_wait(step, passed))]
    ways = [
        each
        for _, arm in step_branches(step)
        for each in _send_paths(context, cap, arm, before=(times,), passed=passed)
    ]
    return ways or [way]


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"


def _describe_cap(cap: Cap) -> str:
    about = f" about '{cap.topic}'" if cap.topic else ""
    return f"{cap.at_most} per {cap.per}{about}{' and sender' if cap.each else ''}"


CAPPED_OUT = Rule(
    "capped_out",
    Severity.WARNING,
    why="A cap lets one customer have so many messages a day or week, from all journeys together. A journey that "
    "alone sends more, or that comes after another one which uses the cap up, has its messages held back or "
    "dropped.",
    fix="Put more time between the messages, give the journey that matters more a higher `priority`, or widen the cap.",
    check=_capped_out,
)
