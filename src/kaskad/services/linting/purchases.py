"""Rules about customers who have bought: nobody gets a reminder of what they bought."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.domain.decisions.never_about import asks_about_purchases
from kaskad.domain.journeys.condition import AnyOf, Compare, Condition, Conditions, DidEvent, Not
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity

ORDERS = "order_"  # prefixes of events about orders
PATHS = ("order.", "customer.last_order.", "customer.orders", "customer.revenue")


def _no_purchase_check(context: LintContext) -> Iterator[Finding]:
    journey = context.journey
    bought = isinstance(journey.enter, EventTrigger) and journey.enter.when.startswith(ORDERS)
    if bought or _watched(journey):
        return
    for placed, step in context.sends():
        marketing = context.purpose(step) is Purpose.MARKETING
        if placed.waited and marketing and not _asks(step.if_, journey):
            text = f"'{step.message}' goes out after a wait, and nothing asks whether the customer has bought meanwhile"
            yield Finding((*placed.at, "send"), text)
            return


def _watched(journey: Journey) -> bool:
    """Returns whether the journey itself checks for a purchase before each send."""
    return any(_is_buying(each.when, journey) for each in journey.leave) or _asks(journey.only_while, journey)


def _is_buying(event: str, journey: Journey) -> bool:
    """Returns whether the event is about an order, or is the journey's goal."""
    return event.startswith(ORDERS) or (journey.goal is not None and event == journey.goal.when)


def _asks(conditions: Conditions, journey: Journey) -> bool:
    return any(_asks_one(condition, journey) for condition in conditions)


def _asks_one(condition: Condition, journey: Journey) -> bool:
    match condition:
        case DidEvent():
            return _is_buying(condition.event, journey)
        case Compare():
            return condition.path.startswith(PATHS)
        case AnyOf() | Not():
            return _asks(condition.of, journey)
    return False


def _idle_never_about(context: LintContext) -> Iterator[Finding]:
    journey = context.journey
    if journey.never_about is not None and not asks_about_purchases(journey):
        text = "whoever enters by an order, a delivery or a return is not asked what they bought: this narrows nothing"
        yield Finding(("never_about",), text)


NO_PURCHASE_CHECK = Rule(
    "no_purchase_check",
    Severity.WARNING,
    why="While a customer waits in a journey, they buy: in a store, in the app, by telephone. Reminding them of "
    "what they bought already is what annoys people most.",
    fix="Add `leave: [{when: order_completed}]`; or an `only_while` or `if` that asks about orders.",
    check=_no_purchase_check,
)
IDLE_NEVER_ABOUT = Rule(
    "idle_never_about",
    Severity.WARNING,
    why="Where an order, a delivery or a return is the occasion, `never_about` of policy.yaml does not hold: there is "
    "nothing to narrow, and whoever reads the file thinks otherwise.",
    fix="Remove `never_about` from the journey.",
    check=_idle_never_about,
)
