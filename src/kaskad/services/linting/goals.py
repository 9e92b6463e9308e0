"""Rules about what can never be met: goals, and comparisons with properties that an entry does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from kaskad.domain.journeys.condition import EventMatch, SameAs
from kaskad.domain.journeys.entry_trigger import EventTrigger, ProductTrigger
from kaskad.domain.journeys.step import CallStep, SendStep, Step, WaitForStep, WaitStep
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity
from kaskad.services.projects.step_paths import earliest_after_wait, step_branches
from kaskad.services.wording import format_duration, format_exact_length

PROPERTIES = {SameAs.CART: "cart_id", SameAs.PRODUCT: "product_id", SameAs.ORDER: "order_id", SameAs.EMAIL: "email"}
NO_TIME = timedelta()


def _goal_out_of_reach(context: LintContext) -> Iterator[Finding]:
    goal = context.journey.goal
    if goal is None:
        return
    if trouble := _never_the_same(goal, context):
        yield Finding(("goal", "same"), f"the goal is never reached: {trouble}")
    enter = context.journey.enter
    quiet = enter.quiet_for.shortest if isinstance(enter, EventTrigger) else NO_TIME
    first = _before_first_send(context.journey.steps)[0]
    if first is not None and goal.within.longest <= quiet + first:
        text = f"the goal counts for {format_duration(goal.within)} after entering, and the first message goes out "
        yield Finding(("goal", "within"), f"{text}{format_exact_length(quiet + first)} after it at the earliest")


def _same_of_nothing(context: LintContext) -> Iterator[Finding]:
    for index, match in enumerate(context.journey.leave):
        if trouble := _never_the_same(match, context):
            yield Finding(("leave", index, "same"), f"nobody ever leaves by this: {trouble}")
    for placed in context.steps:
        awaited = placed.step.event if isinstance(placed.step, WaitForStep) else None
        if awaited and (trouble := _never_the_same(awaited, context)):
            yield Finding((*placed.at, "wait_for", "same"), f"this never happens: {trouble}")


def _never_the_same(match: EventMatch, context: LintContext) -> str | None:
    """Returns why the event can have nothing in common with the entry; None if it can."""
    if match.same is None:
        return None
    if not _entry_has(match.same, context):
        return f"who enters here has no {match.same} of the entry's own to compare with"
    event = context.project.events.get(match.when)
    if event and not _names(match.same, event.properties):
        return f"'{match.when}' has no '{PROPERTIES[match.same]}' (events.yaml)"
    return None


def _entry_has(same: SameAs, context: LintContext) -> bool:
    enter = context.journey.enter
    if isinstance(enter, ProductTrigger):
        return same is SameAs.PRODUCT
    if not isinstance(enter, EventTrigger):
        return False
    event = context.project.events.get(enter.when)
    return event is None or PROPERTIES[same] in event.properties or (same is SameAs.PRODUCT and bool(enter.for_each))


def _names(same: SameAs, properties: Mapping[str, object]) -> bool:
    """Returns whether such an event says which one it is about; `products` lists several."""
    return PROPERTIES[same] in properties or (same is SameAs.PRODUCT and "products" in properties)


def _before_first_send(steps: Sequence[Step]) -> tuple[timedelta | None, timedelta]:
    """Returns the shortest time until a message is sent, None if none is; and until the end of the steps."""
    passed = NO_TIME
    firsts: list[timedelta] = []
    for step in steps:
        if isinstance(step, SendStep | CallStep):
            return min([*firsts, passed]), passed
        if isinstance(step, WaitStep):
            passed = earliest_after_wait(step, passed)
            continue
        ways = [_before_first_send(arm) for _, arm in step_branches(step)]
        firsts += [passed + first for first, _ in ways if first is not None]
        passed += min((whole for _, whole in ways), default=NO_TIME)
    return min(firsts, default=None), passed


GOAL_OUT_OF_REACH = Rule(
    "goal_out_of_reach",
    Severity.ERROR,
    why="A goal that nothing can meet makes every report of the journey read zero: it compares with something "
    "that the entry or the event does not have, or its time is over before the first message goes out.",
    fix="Take `same` out, or name what both events have; let `within` be longer than the waits before the first "
    "message.",
    check=_goal_out_of_reach,
)
SAME_OF_NOTHING = Rule(
    "same_of_nothing",
    Severity.ERROR,
    why="`same` compares an event with the entry's own cart, product, order or e-mail. Where the entry or the "
    "event has none, nothing ever matches: nobody leaves, nobody stops waiting.",
    fix="Take `same` out, or add the property to the event in events.yaml where it does send it.",
    check=_same_of_nothing,
)
