"""Rules about what is not known any more when it is asked."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.domain.journeys.entry_trigger import ProductTrigger
from kaskad.domain.model import Duration
from kaskad.services.linting.asking import asked, deeds, of_branches
from kaskad.services.linting.rule import Finding, Rule, Severity, Subject
from kaskad.services.linting.steps import Trail
from kaskad.services.wording import duration


def _forgotten_events(subject: Subject) -> Iterator[Finding]:
    kept = subject.project.policy.keep.events
    for at, event, within in _looking_back(subject):
        if within.as_timedelta > kept.as_timedelta:
            text = f"looks for '{event}' within {duration(within)}, and policy.yaml keeps events for {duration(kept)}"
            yield Finding(at, text)


def _looking_back(subject: Subject) -> Iterator[tuple[Trail, str, Duration]]:
    """What is looked for in the past, and how far back."""
    for at, conditions in (*asked(subject), *of_branches(subject)):
        yield from ((at, did.event, did.within) for did in deeds(conditions) if did.within)
    enter = subject.journey.enter
    if isinstance(enter, ProductTrigger):
        yield from ((("enter", "who"), who.kind, who.within) for who in enter.who if who.within)


FORGOTTEN_EVENTS = Rule(
    "forgotten_events",
    Severity.ERROR,
    why="What happened longer ago than `keep.events` of policy.yaml is gone: whoever did it then counts as if they had "
    "not.",
    fix="Look back for a shorter time, or raise `events` of `keep` in policy.yaml.",
    check=_forgotten_events,
)
