"""Prints the plan of a publication, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
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
    for one in plan.journeys:
        if one.state != "unchanged" or one.to_do:
            yield from _journey(one)
    for name in plan.ended:
        yield f"{name}: its file is gone: nobody enters, customers inside finish"
    if plan.shop:
        yield f"changed for everybody at once: {', '.join(plan.shop)}"
    same = [one.name for one in plan.journeys if one.state == "unchanged" and not one.to_do]
    if same:
        yield f"unchanged: {', '.join(same)}"
    if not plan.to_do:
        yield "there is nothing to do"


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON."""
    return {
        "to_do": plan.to_do,
        "journeys": {one.name: _document(one) for one in plan.journeys},
        "ended": list(plan.ended),
        "changed_for_everybody": list(plan.shop),
    }


def _journey(one: JourneyPlan) -> Iterator[str]:
    before = f" (version {one.number} now)" if one.number else ""
    yield f"{one.name}: {STATES[one.state]}{before}"
    yield from (f"  - {change}" for change in one.changes)
    yield from (f"  {line}" for line in _inside(one))
    if one.needs:
        yield f"  needs another person's approval: {'; '.join(one.needs)}"


def _inside(one: JourneyPlan) -> Iterator[str]:
    if not one.inside:
        yield "nobody is inside"
        return
    going = {version.number for version in one.follow}
    over = [stood for stood in one.stood if stood.version in going]
    finishing = sum(stood.people for stood in one.stood if stood.version not in going)
    if finishing:
        yield f"{_people(finishing)} inside: they finish with their version"
    if over:
        yield f"{_people(sum(stood.people for stood in over))} inside: they move to the new version"
    yield from (f"  {_format_population(stood)}" for stood in over)


def _format_population(stood: StepMigration) -> str:
    who = f"{_people(stood.people)} {'at ' if stood.step else ''}{stood.words}"
    if stood.step is None:
        return who
    if stood.to is None:
        return f"{who}: stay there"
    if stood.stranded:
        return (
            f'{who}, which is gone: say where they go, as in moved: {{"{stood.step}": "{stood.to}"}} ({stood.to_words})'
        )
    return f"{who}, which is gone: go to {stood.to_words}"


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _document(one: JourneyPlan) -> dict[str, Any]:
    going = {version.number for version in one.follow}
    return {
        "state": one.state,
        "version": one.number,
        "hash": one.version.hash,
        "to_do": one.to_do,
        "changes": list(one.changes),
        "inside": one.inside,
        "needs_approval": list(one.needs),
        "stood": [
            {
                "version": stood.version,
                "step": stood.step,
                "people": stood.people,
                "follows": stood.version in going,
                "to": stood.to,
                "stranded": stood.stranded,
            }
            for stood in one.stood
        ],
    }
