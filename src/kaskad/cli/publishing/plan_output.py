"""Prints the plan of a publication, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from kaskad.services.publishing.plan import JourneyPlan, Plan, StepMigration

STATES = {
    "new": "new",
    "changed": "changed",
    "back": "its file is back",
    "proposed": "changed, and waits for approval already",
    "unchanged": "unchanged",
}


def format_plan(plan: Plan) -> Iterator[str]:
    """The plan as lines of text; unchanged journeys are in one line at the end."""
    for journey in plan.journeys:
        if journey.state != "unchanged" or journey.to_do:
            yield from _journey(journey)
    for name in plan.ended:
        yield f"{name}: its file is gone: nobody enters, customers inside finish"
    if plan.shop:
        yield f"changed for everybody at once: {', '.join(plan.shop)}"
    yield from (line for journey in plan.journeys for line in _stopped(journey))
    same = [journey.name for journey in plan.journeys if journey.state == "unchanged" and not journey.to_do]
    if same:
        yield f"unchanged: {', '.join(same)}"
    if not plan.to_do:
        yield "there is nothing to do"


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON."""
    return {
        "to_do": plan.to_do,
        "journeys": {journey.name: _document(journey) for journey in plan.journeys},
        "ended": list(plan.ended),
        "changed_for_everybody": list(plan.shop),
    }


def _journey(journey: JourneyPlan) -> Iterator[str]:
    before = f" (version {journey.number} now)" if journey.number else ""
    yield f"{journey.name}: {STATES[journey.state]}{before}"
    yield from (f"  - {change}" for change in journey.changes)
    yield from (f"  {line}" for line in _inside(journey))
    if journey.needs:
        yield f"  needs another person's approval: {'; '.join(journey.needs)}"


def _inside(journey: JourneyPlan) -> Iterator[str]:
    if not journey.inside:
        yield "nobody is inside"
        return
    going = {version.number for version in journey.follow}
    over = [stood for stood in journey.stood if stood.version in going]
    finishing = sum(stood.people for stood in journey.stood if stood.version not in going)
    if finishing:
        yield f"{_people(finishing)} inside: they finish with their version"
    if over:
        yield f"{_people(sum(stood.people for stood in over))} inside: they move to the new version"
    yield from (f"  {_format_population(stood)}" for stood in over)


def _format_population(stood: StepMigration) -> str:
    customers = f"{_people(stood.people)} {'at ' if stood.step else ''}{stood.words}"
    if stood.step is None:
        return customers
    if stood.to is None:
        return f"{customers}: stay there"
    if stood.stranded:
        moved = f'moved: {{"{stood.step}": "{stood.to}"}} ({stood.to_words})'
        return f"{customers}, which is gone: say where they go, as in {moved}"
    return f"{customers}, which is gone: go to {stood.to_words}"


def _stopped(journey: JourneyPlan) -> Iterator[str]:
    """Yields how many of its messages a changed rule would have stopped."""
    if journey.stopped is None:
        return
    found = journey.stopped
    unknown = f" ({found.unknown:,} more cannot be told: their carts have changed)" if found.unknown else ""
    sent = f"{found.messages:,} {'message' if found.messages == 1 else 'messages'}"
    yield f"{journey.name}: `never_about` would have stopped {found.stopped:,} of {sent} of the last 30 days{unknown}"


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _document(journey: JourneyPlan) -> dict[str, Any]:
    going = {version.number for version in journey.follow}
    return {
        "state": journey.state,
        "version": journey.number,
        "hash": journey.version.hash,
        "to_do": journey.to_do,
        "changes": list(journey.changes),
        "inside": journey.inside,
        "needs_approval": list(journey.needs),
        "never_about": asdict(journey.stopped) if journey.stopped else None,
        "stood": [
            {
                "version": stood.version,
                "step": stood.step,
                "people": stood.people,
                "follows": stood.version in going,
                "to": stood.to,
                "stranded": stood.stranded,
            }
            for stood in journey.stood
        ],
    }
