"""Rules about how much one customer gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.domain.journeys.project import Cap
from kaskad.domain.journeys.step import CallStep, SendStep, Step, WaitStep
from kaskad.services.linting.rule import Finding, Rule, Severity, Subject
from kaskad.services.linting.steps import after_wait, arms

SPANS = {"day": timedelta(days=1), "week": timedelta(days=7)}
MOST_WAYS = 64  # of a journey with many branches, those that send most and soonest
Times = tuple[timedelta, ...]  # of the messages on one way through the journey, counted from entering


def _capped_out(subject: Subject) -> Iterator[Finding]:
    for cap in subject.project.policy.caps:
        mine = _most(subject, cap) if _loses(subject, cap) else 0
        if mine > cap.at_most:
            text = f"sends {_messages(mine)} within a {cap.per}, and the cap of policy.yaml is {_said(cap)}"
            yield Finding(("steps",), text)
        elif mine:
            yield from _with_others(subject, cap, mine)


def _with_others(subject: Subject, cap: Cap, mine: int) -> Iterator[Finding]:
    """The journeys that may go first, and leave too little of the cap for this one."""
    for other in subject.project.journeys.values():
        if cap.each and other.sender != subject.journey.sender:
            continue
        theirs = _most(replace(subject, journey=other), cap) if _goes_first(other, subject.journey) else 0
        if 0 < theirs <= cap.at_most < theirs + mine:
            turn = "which goes first" if other.priority > subject.journey.priority else "of the same priority"
            text = f"sends {_messages(mine)} within a {cap.per} and '{other.name}', {turn}, sends {theirs}: "
            yield Finding(("priority",), f"{text}together more than the cap of policy.yaml, {_said(cap)}")


def _loses(subject: Subject, cap: Cap) -> bool:
    """Whether a message that the cap holds back is lost, or stale before there is room again."""
    stale = (step.relevant_for for _, step in subject.sends() if step.relevant_for)
    return cap.over == "skip" or any(limit.longest < SPANS[cap.per] for limit in stale)


def _goes_first(one: Journey, other: Journey) -> bool:
    """By priority; of equals one of the two, so that a pair is named once."""
    return (-one.priority, one.name) < (-other.priority, other.name)


def _most(subject: Subject, cap: Cap) -> int:
    """The most messages under the cap that the journey sends to one customer in the cap's time; fall-backs aside."""
    if subject.journey.purpose is not Purpose.MARKETING:
        return 0
    ways = _ways(subject, cap, subject.journey.steps, ((),), timedelta())
    return max((_crowded(times, SPANS[cap.per]) for times, _ in ways), default=0)


def _crowded(times: Times, span: timedelta) -> int:
    return max((sum(first <= each < first + span for each in times) for first in times), default=0)


def _ways(
    subject: Subject, cap: Cap, steps: Sequence[Step], before: Sequence[Times], passed: timedelta
) -> list[tuple[Times, timedelta]]:
    """Each way through the steps: when it sends, and how much time has passed at its end, waits at their shortest."""
    ways = [(times, passed) for times in before]
    for step in steps:
        ways = list(dict.fromkeys(way for each in ways for way in _through(subject, cap, step, each)))
        ways = sorted(ways, key=lambda way: (-len(way[0]), way[1]))[:MOST_WAYS]
    return ways


def _through(subject: Subject, cap: Cap, step: Step, way: tuple[Times, timedelta]) -> list[tuple[Times, timedelta]]:
    times, passed = way
    if isinstance(step, SendStep | CallStep):
        counted = subject.purpose(step) is Purpose.MARKETING and cap.topic in (None, subject.topic(step))
        return [((*times, passed), passed) if counted else way]
    if isinstance(step, WaitStep):
        return [(times, after_wait(step, passed))]
    ways = [each for _, arm in arms(step) for each in _ways(subject, cap, arm, (times,), passed)]
    return ways or [way]


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"


def _said(cap: Cap) -> str:
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
