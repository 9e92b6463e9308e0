"""Rules about data that is deleted before a journey asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.entry_trigger import ProductTrigger
from kaskad.services.linting.conditions import list_branch_conditions, list_conditions, list_deeds
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity
from kaskad.services.projects.step_paths import KeyPath
from kaskad.services.wording import format_duration


def _forgotten_events(context: LintContext) -> Iterator[Finding]:
    kept = context.project.policy.keep.events
    for at, event, within in _lookbacks(context):
        if within.as_timedelta > kept.as_timedelta:
            asked, keeps = format_duration(within), format_duration(kept)
            text = f"looks for '{event}' within {asked}, and policy.yaml keeps events for {keeps}"
            yield Finding(at, text)


def _lookbacks(context: LintContext) -> Iterator[tuple[KeyPath, str, Duration]]:
    """Yields what a journey looks for in the past, and how far back."""
    for at, conditions in (*list_conditions(context), *list_branch_conditions(context)):
        yield from ((at, did.event, did.within) for did in list_deeds(conditions) if did.within)
    enter = context.journey.enter
    if isinstance(enter, ProductTrigger):
        yield from ((("enter", "who"), audience.kind, audience.within) for audience in enter.who if audience.within)


FORGOTTEN_EVENTS = Rule(
    "forgotten_events",
    Severity.ERROR,
    why="What happened longer ago than `keep.events` of policy.yaml is gone: whoever did it then counts as if they had "
    "not.",
    fix="Look back for a shorter time, or raise `events` of `keep` in policy.yaml.",
    check=_forgotten_events,
)
